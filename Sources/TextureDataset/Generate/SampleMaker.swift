import CSpectralKernels
import Foundation
import GaussianField
import Synchronization

/// How a dataset's textures are shared out among threads, and in what pieces they are made.
///
/// Small textures are made by one thread each, in memory of its own; from 2²⁴ pixels on (4096 x 4096) all threads make one
/// texture together, in memory that hardly grows with the threads. A texture is made in bands of at most 4 MiB, or eight
/// rows, counted over all planes; a series is one row.
struct CrewPlan: Sendable, Equatable {
  /// Crews, each with a texture of its own at a time.
  let crews: Int
  let threadsPerCrew: Int
  let rowsPerBand: Int
  /// Bands that are made at a time by a crew.
  let bandsPerCrew: Int

  init(shape: FieldShape, threads: Int, samples: Int) {
    let together = shape.pixels >= 1 << 24
    crews = together ? 1 : min(threads, samples)
    threadsPerCrew = together ? threads : 1
    let group = TextureSampler.rowGroup
    let rows = (shape.rowCount + group - 1) / group * group
    let preferred = min(rows, max(group, (1 << 20) / shape.rowLength / group * group))
    rowsPerBand = shape.rowCount == 1 ? 1 : preferred
    bandsPerCrew = min(threadsPerCrew, (shape.rowCount + rowsPerBand - 1) / rowsPerBand)
  }

  /// The bytes of all workspaces and bands.
  private func workingBytes(_ sampler: TextureSampler, _ dtype: Recipe.DType) -> Int {
    let band = rowsPerBand * sampler.model.shape.rowLength * (dtype == .float16 ? 6 : 4)
    return crews * (TextureWorkspace.bytes(for: sampler, threads: threadsPerCrew) + bandsPerCrew * band)
  }

  /// The bytes of the sampler, and what it took to plan it or takes to work with it, whichever is more.
  func bytes(_ sampler: TextureSampler, _ dtype: Recipe.DType) -> Int {
    sampler.bytes + max(sampler.planningBytes, workingBytes(sampler, dtype))
  }

  /// Refuses textures whose workspaces and bands the process's memory does not hold.
  ///
  /// - Parameter choices: what the message says to choose instead.
  /// - Throws: ``DatasetError`` with code `.memory`.
  func refuseMuchMemory(
    _ sampler: TextureSampler, _ dtype: Recipe.DType, choose choices: String = "fewer --threads"
  ) throws(DatasetError) {
    // The sampler is there already.
    try MemoryLimit.current.refuse(
      workingBytes(sampler, dtype), for: "making textures of \(sampler.model.shape) pixels with these covariances",
      choose: choices)
  }
}

extension TextureSampler {
  /// The sampler of a recipe's textures.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, or `.memory`.
  public convenience init(_ recipe: Recipe) throws(DatasetError) {
    do {
      try self.init(recipe.field, seed: recipe.seed)
    } catch {
      throw DatasetError(error)
    }
  }
}

extension TextureSampler {
  /// The fields of a recipe's sample.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, or `.memory`, naming the sample.
  package func fields(ofSample sample: Int, of recipe: Recipe) throws(DatasetError) -> SampleFields {
    do {
      return try fields(ofSample: sample, choices: recipe.choices(ofClass: recipe.classIndex(ofSample: sample)))
    } catch {
      throw DatasetError(error, sample: sample)
    }
  }
}

extension DatasetError {
  /// - Parameter sample: whose field it is about, where it is about one.
  fileprivate init(_ error: FieldError, sample: Int? = nil) {
    self.init(
      error.code == .memory ? .memory : .invalidRecipe,
      (sample.map { "sample \($0): " } ?? "") + error.message, cause: error)
  }
}

/// One crew: makes samples one after the other, in bands, as they stand in the file.
final class SampleMaker {
  private let recipe: Recipe
  private let sampler: TextureSampler
  private let plan: CrewPlan
  private var workspace: TextureWorkspace
  private let bands: [Band]

  /// A thread's memory for pixels, and for the same pixels in half precision.
  private final class Band: @unchecked Sendable {
    // Sendable: one thread of the crew writes to it in a round, and others read only after the round.
    private let pixels: AlignedBuffer<Float>
    private let halves: AlignedBuffer<UInt16>
    let floats: UnsafeMutableBufferPointer<Float>

    init(count: Int, dtype: Recipe.DType) throws(AllocationError) {
      pixels = try AlignedBuffer(count: count)
      halves = try AlignedBuffer(count: dtype == .float16 ? count : 0)
      floats = UnsafeMutableBufferPointer(start: pixels.pointer, count: count)
    }

    /// Rounds the first `count` pixels to half precision, where the file has that.
    func convert(_ count: Int) {
      if halves.count > 0 { gpgen_float_to_half(pixels.pointer, halves.pointer, count) }
    }

    /// The first `count` pixels as the file has them.
    func bytes(_ count: Int) -> UnsafeRawBufferPointer {
      halves.count > 0
        ? UnsafeRawBufferPointer(start: halves.pointer, count: 2 * count)
        : UnsafeRawBufferPointer(start: pixels.pointer, count: 4 * count)
    }
  }

  /// - Throws: ``DatasetError`` with code `.memory`.
  init(recipe: Recipe, sampler: TextureSampler, plan: CrewPlan) throws(DatasetError) {
    self.recipe = recipe
    self.sampler = sampler
    self.plan = plan
    do {
      workspace = try TextureWorkspace(for: sampler, threads: plan.threadsPerCrew)
      var bands: [Band] = []
      for _ in 0..<plan.bandsPerCrew {
        bands.append(try Band(count: plan.rowsPerBand * recipe.field.shape.rowLength, dtype: recipe.dtype))
      }
      self.bands = bands
    } catch {
      throw DatasetError(error)
    }
  }

  /// Makes a sample and hands it over in bands, at an offset in bytes from the sample's beginning, several at a time
  /// where the crew has several threads.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset.
  ///   - receive: called for each band, on any thread; the bytes are valid during the call.
  ///   - shouldContinue: asked often, on any thread; `false` stops with code `.interrupted`.
  /// - Returns: the CRC-32C of all bytes.
  func make(
    sample: Int, shouldContinue: @escaping @Sendable () -> Bool,
    receive: @Sendable (UnsafeRawBufferPointer, Int) throws(DatasetError) -> Void
  ) throws(DatasetError) -> UInt32 {
    let stopped = DatasetError(.interrupted, "stopped")
    guard shouldContinue() else { throw stopped }
    let fields = try sampler.fields(ofSample: sample, of: recipe)
    let checksum = try sampler.withSpectrum(of: fields, in: &workspace, shouldContinue: shouldContinue) {
      spectrum throws(DatasetError) in
      try handOver(spectrum, shouldContinue: shouldContinue, receive: receive)
    }
    guard let checksum else { throw stopped }
    return checksum
  }

  /// Makes the bands of a texture and hands them over; parameters, errors and result as ``make(sample:shouldContinue:receive:)``.
  private func handOver(
    _ spectrum: borrowing TextureSpectrum, shouldContinue: () -> Bool,
    receive: @Sendable (UnsafeRawBufferPointer, Int) throws(DatasetError) -> Void
  ) throws(DatasetError) -> UInt32 {
    let (dtype, bands) = (recipe.dtype, bands)
    let (rowLength, rowCount) = (recipe.field.shape.rowLength, recipe.field.shape.rowCount)
    var checksum = CRC32C()
    let failure = Mutex<DatasetError?>(nil)
    let starts = Array(stride(from: 0, to: rowCount, by: plan.rowsPerBand))
    for first in stride(from: 0, to: starts.count, by: plan.bandsPerCrew) {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      let round = starts[first..<min(first + plan.bandsPerCrew, starts.count)].map { row in
        row..<min(row + plan.rowsPerBand, rowCount)
      }
      spectrum.forEachThread(round.count) { maker in
        let (rows, band) = (round[maker.thread], bands[maker.thread])
        maker.makeRows(rows, into: band.floats)
        band.convert(rows.count * rowLength)
        do throws(DatasetError) {
          try receive(band.bytes(rows.count * rowLength), rows.lowerBound * rowLength * dtype.elementType.bytes)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
      for (thread, rows) in round.enumerated() {
        checksum.update(bands[thread].bytes(rows.count * rowLength))
      }
    }
    return checksum.value
  }
}
