import CGpgen
import Foundation
import GaussianField
import Synchronization
import TextureDataset
import TextureStream

/// A stream that the caller has opened.
final class OpenStream: NamedObject {
  static let kind = "a stream"

  private let stream: TextureStream
  private let isRecipe: Bool
  private let batches: TextureStream.BlockingIterator
  /// The position after the delivered batches; locked while a thread waits for the next one.
  private let state: Mutex<StreamState>

  /// - Parameters:
  ///   - options: the options in JSON.
  ///   - state: the position to resume from, in JSON; nil for the beginning.
  init(_ open: OpenSource, options: String, state: String?) throws(Failure) {
    let options = try StreamOptionsDocument(json: options).options()
    let start = try state.map { text throws(Failure) in
      do { return try JSONDecoder().decode(StreamState.self, from: Data(text.utf8)) } catch {
        throw Failure(
          GPGEN_INVALID_ARGUMENT,
          "state: found text that is not the state of a stream, expected text from gpgen_stream_state")
      }
    }
    isRecipe = open.isRecipe
    do {
      stream = try TextureStream(open.source, options: options, from: start)
    } catch {
      throw Failure(error, isRecipe: open.isRecipe)
    }
    batches = stream.makeBlockingIterator()
    self.state = Mutex(
      start ?? StreamState(seed: options.seed, datasetHash: open.source.recipe.datasetHash))
  }

  deinit { batches.stop() }

  /// Ends the stream, also for threads that wait for its next batch.
  func stop() { batches.stop() }

  /// The extents of the delivered textures.
  private var shape: FieldShape { stream.options.augmentation.shape(of: stream.source.recipe.field.shape) }

  /// The number of floats in a full batch.
  var floats: Int { stream.options.batchSize * shape.pixels }

  /// The maximum number of textures in a batch.
  var batchSize: Int { stream.options.batchSize }

  var info: gpgen_stream_info {
    var info = gpgen_stream_info()
    info.batches_per_epoch = Int64(stream.batchesPerEpoch)
    info.samples_per_epoch = Int64(stream.sampleCount)
    info.batch_size = Int64(batchSize)
    let extents = shape.extents.map(Int64.init)
    info.axes = Int32(extents.count)
    withUnsafeMutableBytes(of: &info.extents) { $0.copyBytes(from: extents.withUnsafeBytes { Array($0) }) }
    return info
  }

  /// The position after the delivered batches, in JSON.
  var stateText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let state = state.withLock { $0 }
    guard let data = try? encoder.encode(state) else { preconditionFailure("numbers and a hash can be encoded") }
    return String(decoding: data, as: UTF8.self)
  }

  /// The next batch; nil after the last one.
  func next() throws(Failure) -> OpenBatch? {
    do {
      // Concurrent callers wait here for their turn.
      let next = try state.withLock { state throws(StreamError) in
        let batch = try batches.next()
        if let batch { state = batch.stateAfter }
        return batch
      }
      return next.map { OpenBatch($0, isLast: stream.isLast($0)) }
    } catch {
      throw Failure(error, isRecipe: isRecipe)
    }
  }
}

/// A batch that the caller holds.
final class OpenBatch: NamedObject {
  static let kind = "a batch"

  private let batch: TextureBatch
  private let isLast: Bool
  /// Labels and samples, shape (2, B); constant.
  nonisolated(unsafe) private let numbers: UnsafeMutableBufferPointer<Int64>

  init(_ batch: TextureBatch, isLast: Bool) {
    self.batch = batch
    self.isLast = isLast
    numbers = .allocate(capacity: 2 * batch.count)
    _ = numbers.initialize(from: batch.labels + batch.samples.map(Int64.init))
  }

  deinit { numbers.deallocate() }

  /// The batch in the library's memory, valid during this object's lifetime.
  var info: gpgen_batch_info {
    var info = gpgen_batch_info()
    info.count = Int64(batch.count)
    info.epoch = Int64(batch.epoch)
    info.is_last = isLast ? 1 : 0
    // The batch owns its memory, and nothing else reads it.
    info.pixels = batch.withImages { UnsafeMutablePointer(mutating: $0.baseAddress) }
    info.labels = numbers.baseAddress.map { UnsafePointer($0) }
    info.samples = numbers.baseAddress.map { UnsafePointer($0 + batch.count) }
    return info
  }

  /// Copies the batch to the caller's memory, which must be large enough.
  func copy(
    pixels: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int64>?, samples: UnsafeMutablePointer<Int64>?
  ) -> gpgen_batch_info {
    var info = info
    batch.withImages { images in
      if let source = images.baseAddress { pixels.update(from: source, count: images.count) }
    }
    if let labels, let own = info.labels { labels.update(from: own, count: batch.count) }
    if let samples, let own = info.samples { samples.update(from: own, count: batch.count) }
    info.pixels = pixels
    info.labels = labels.map { UnsafePointer($0) }
    info.samples = samples.map { UnsafePointer($0) }
    return info
  }
}
