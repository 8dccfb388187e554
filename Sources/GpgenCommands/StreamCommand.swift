import ArgumentParser
import Foundation
import TextureDataset
import TextureStream

extension Split: ExpressibleByArgument {}

/// The format of written batches.
enum StreamFormat: String, CaseIterable, ExpressibleByArgument {
  case npy
}

struct StreamCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stream",
    abstract: "Stream shuffled batches to a pipe, or measure the throughput.",
    discussion: """
      With --to npy, writes two NumPy arrays per batch to standard output, one after the other: the textures, float32 of \
      shape (B, 1, H, W), and the labels, int64 of shape (B). Series have shape (B, 1, W) and volumes (B, 1, D, H, W). \
      Without --to, batches are read and discarded.
      """)

  @Argument(help: "Shard, index, folder of shards, or recipe (.yaml) whose textures are generated on the fly.")
  var data: String

  @Option(parsing: .unconditional, help: "Number of textures per batch. (default: 16)", transform: OptionRange.batch)
  var batch = 16

  @Option(parsing: .unconditional, help: "Number of epochs. (default: 1)", transform: OptionRange.epochs)
  var epochs = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the order and of the augmentation. (default: 0)", valueName: "seed"),
    transform: OptionRange.seed)
  var shuffleSeed: UInt64 = 0

  @Flag(help: "Do not shuffle.")
  var sequential = false

  @Option(help: "Stream only one part of the samples.")
  var split: Split?

  @OptionGroup(title: "Parts (with --split)") var parts: SplitOptions

  @Option(
    parsing: .unconditional, help: "Rank of this process, from 0. (default: 0)", transform: OptionRange.rank)
  var rank = 0

  @Option(
    parsing: .unconditional, help: "Number of ranks that share each epoch's samples. (default: 1)",
    transform: OptionRange.ranks)
  var ranks = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Crop each texture to a random window with this many pixels along every axis.", valueName: "pixels"),
    transform: OptionRange.crop)
  var crop: Int?

  @Flag(help: "Flip at random along every axis.")
  var flip = false

  @Flag(help: "Rotate isotropic squares and cubes by a random number of quarter turns.")
  var turn = false

  @Flag(help: "Shift periodic textures cyclically to start at a random pixel.")
  var roll = false

  @Option(help: ArgumentHelp("Write the batches to standard output in this format.", valueName: "format"))
  var to: StreamFormat?

  @Flag(help: "Also print the mean and the standard deviation of all pixels.")
  var statistics = false

  @Option(
    parsing: .unconditional, help: "Number of threads. (default: all cores)",
    transform: OptionRange.threads)
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  func validate() throws {
    guard rank < ranks else {
      throw ValidationError("--rank \(rank) --ranks \(ranks): expected a rank from 0 to \(ranks - 1).")
    }
    guard split == nil, let option = parts.given.first else { return }
    throw ValidationError("\(option) has no effect without --split; add --split train, validation or test.")
  }

  func run() async throws {
    if to != nil, isatty(STDOUT_FILENO) == 1 {
      throw ValidationError(
        "--to npy writes binary data, and standard output is a terminal; redirect it to a pipe or a file.")
    }
    let stream: TextureStream
    do {
      stream = try TextureStream(try openSource(data), options: try options())
    } catch {
      guard error.code == .invalidOptions || error.code == .empty else { throw error }
      throw ValidationError(error.message)
    }
    StopSignal.listen()
    // A reader that closes the pipe early is not an error.
    signal(SIGPIPE, SIG_IGN)
    let start = ContinuousClock.now
    var (samples, batches, pixels) = (0, 0, PixelStatistics())
    for try await batch in stream {
      if StopSignal.isReceived { throw ExitCode(128 + StopSignal.number) }
      samples += batch.count
      batches += 1
      if statistics { batch.withImages { pixels.add($0) } }
      if to == .npy, try !NumPyPipe.write(batch) { return }
    }
    if !quiet {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let text = summary(stream, samples, batches, seconds) + (statistics ? "\n\(text(of: pixels))" : "")
      if to == nil { try printResult(text) } else { note(text) }
    }
  }

  private func options() throws(StreamError) -> TextureStream.Options {
    TextureStream.Options(
      batchSize: batch, seed: shuffleSeed, sequential: sequential, epochs: epochs, split: split,
      splitRule: try parts.rule, rank: rank, ranks: ranks,
      augmentation: Augmentation(crop: crop, flip: flip, turn: turn, roll: roll), threads: threads ?? availableCores())
  }

  private func summary(_ stream: TextureStream, _ samples: Int, _ batches: Int, _ seconds: Double) -> String {
    let bytes = samples * stream.options.augmentation.shape(of: stream.source.recipe.field.shape).pixels * 4
    return "\(data): \(counted(samples, "sample")) in \(counted(batches, "batch")); "
      + String(
        format: "%@ in %.2f s (%.0f samples/s, %.2f GB/s)", byteText(bytes), seconds, Double(samples) / seconds,
        Double(bytes) / seconds / 1e9)
  }

  private func text(of pixels: PixelStatistics) -> String {
    guard pixels.count > 0 else { return "no pixels" }
    return "mean \(significant(pixels.mean)), standard deviation \(significant(pixels.standardDeviation))"
  }
}
