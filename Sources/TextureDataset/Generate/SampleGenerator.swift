import CSpectralKernels
import Foundation
import GaussianField
import Synchronization

/// How textures are distributed among threads, and in what pieces they are generated.
///
/// One thread generates a small texture in its own memory; from 2²⁴ pixels (4096 x 4096) on, all threads generate one
/// texture together, in memory that hardly grows with the number of threads. A texture is generated in bands of rows,
/// counted over all planes, of at most 4 MiB or eight rows; a series is one row.
struct CrewPlan: Sendable, Equatable {
  /// The number of crews; each generates one texture at a time.
  let crews: Int
  let threadsPerCrew: Int
  let rowsPerBand: Int
  /// The number of bands that a crew generates at a time.
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

  /// The bytes of the sampler plus the maximum of what planning it took and what generation takes.
  func bytes(_ sampler: TextureSampler, _ dtype: Recipe.DType) -> Int {
    sampler.bytes + max(sampler.planningBytes, workingBytes(sampler, dtype))
  }

  /// Throws if workspaces and bands do not fit into the process's memory.
  ///
  /// - Parameter choices: what the message advises to choose instead.
  /// - Throws: ``DatasetError`` with code `.memory`.
  func refuseMuchMemory(
    _ sampler: TextureSampler, _ dtype: Recipe.DType, choose choices: String = "fewer --threads"
  ) throws(DatasetError) {
    // The sampler has been allocated already.
    try MemoryLimit.current.refuse(
      workingBytes(sampler, dtype), for: "generating textures of \(sampler.model.shape) pixels with these covariances",
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
  /// - Parameter sample: the sample whose field failed, if it was one.
  fileprivate init(_ error: FieldError, sample: Int? = nil) {
    self.init(
      error.code == .memory ? .memory : .invalidRecipe,
      (sample.map { "sample \($0): " } ?? "") + error.message, cause: error)
  }
}

/// One crew, which generates samples one after the other, in bands of the bytes to store.
final class SampleGenerator {
  private let recipe: Recipe
  private let sampler: TextureSampler
  private let plan: CrewPlan
  private var workspace: TextureWorkspace
  private let bands: [Band]

  /// A thread's memory for pixels in single and, if needed, half precision.
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

    /// Rounds the first `count` pixels to half precision, if the file stores that.
    func convert(_ count: Int) {
      if halves.count > 0 { gpgen_float_to_half(pixels.pointer, halves.pointer, count) }
    }

    /// The first `count` pixels as they are stored.
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

  /// Generates a sample and passes its bands to `receive`, several at a time if the crew has several threads.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset.
  ///   - receive: called with each band and its offset in the sample, in bytes, on any thread; the band is valid during
  ///     the call.
  ///   - shouldContinue: called often, on any thread; `false` stops with code `.interrupted`.
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
      try generateBands(spectrum, shouldContinue: shouldContinue, receive: receive)
    }
    guard let checksum else { throw stopped }
    return checksum
  }

  /// Generates the bands of a texture; parameters, errors and result as for ``make(sample:shouldContinue:receive:)``.
  private func generateBands(
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
