import Foundation
import Synchronization
import Testing

@testable import TextureDataset

/// A temporary folder for one test, and the datasets in it.
final class DatasetFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/gpgen-dataset-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of all files, sorted.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// All files by name.
  var files: [String: Data] {
    get throws {
      try Dictionary(uniqueKeysWithValues: names.map { ($0, try data($0)) })
    }
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: self(name))) }

  func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: self(name))) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }

  /// Changes one byte of a file, in place.
  func flipByte(of name: String, at offset: Int) throws {
    let file = try FileHandle(forUpdating: URL(filePath: self(name)))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(offset))
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data([byte ^ 0x10]))
  }

  func generator(
    _ recipe: Recipe, _ name: String = "data.h5", shards: Int = 1, task: DatasetGenerator.ArrayTask? = nil,
    policy: DatasetGenerator.Policy = .refuse, threads: Int = 2
  ) throws(DatasetError) -> DatasetGenerator {
    try DatasetGenerator(
      recipe: recipe, names: OutputNames(path: self(name), shardCount: shards), task: task, policy: policy,
      threads: threads)
  }

  /// Generates a whole dataset, or a task's part of it.
  @discardableResult
  func make(
    _ recipe: Recipe, _ name: String = "data.h5", shards: Int = 1, task: DatasetGenerator.ArrayTask? = nil,
    policy: DatasetGenerator.Policy = .refuse, threads: Int = 2
  ) throws(DatasetError) -> DatasetGenerator.Summary {
    try generator(recipe, name, shards: shards, task: task, policy: policy, threads: threads).run()
  }

  /// Generates a dataset and interrupts the run after some samples.
  func interrupt(
    _ recipe: Recipe, _ name: String = "data.h5", shards: Int = 1, task: DatasetGenerator.ArrayTask? = nil,
    policy: DatasetGenerator.Policy = .refuse, threads: Int = 1, after samples: Int
  ) throws {
    let made = Counter()
    let generator = try generator(recipe, name, shards: shards, task: task, policy: policy, threads: threads)
    let error = try #require(throws: DatasetError.self) {
      try generator.run(shouldContinue: { made.value < samples }, report: { made.value = $0.made })
    }
    #expect(error.code == .interrupted)
  }

  /// Creates a dataset's partial file without samples.
  func begin(_ recipe: Recipe, _ name: String = "data.h5") throws(DatasetError) {
    _ = try ShardWriter(
      recipe: recipe, names: OutputNames(path: self(name), shardCount: 1), shard: 0, embedding: nil,
      resume: false)
  }

  /// Prepares a dataset and performs the first steps of its publication, like a process that then crashes.
  ///
  /// - Returns: the total number of steps.
  func publish(
    _ recipe: Recipe, shards: Int, task: DatasetGenerator.ArrayTask? = nil, policy: DatasetGenerator.Policy,
    steps count: Int
  ) throws -> Int {
    let generator = try generator(recipe, shards: shards, task: task, policy: policy)
    guard let publication = try generator.prepare().publication else { return 0 }
    let steps = publication.steps
    for step in steps.prefix(count) { try step.run() }
    return steps.count
  }

  /// The files of a dataset generated in an empty folder.
  static func files(of recipe: Recipe, shards: Int = 1) throws -> [String: Data] {
    let folder = try DatasetFolder()
    try folder.make(recipe, shards: shards)
    return try folder.files
  }

  /// Removes all files.
  func clear() throws {
    for name in try names { try remove(name) }
  }

  /// The bytes of every sample's pixels, in order, over all shards.
  func images(_ name: String = "data.h5") throws -> [Data] {
    let reader = try DatasetReader(self(name))
    let size = ShardStructure.bytesPerSample(of: reader.recipe)
    return try reader.shards.flatMap { shard in
      let data = try Data(contentsOf: URL(filePath: shard.path))
      return (0..<shard.samples.count).map { index in
        let start = shard.layout.imageOffset + index * size
        return data.subdata(in: start..<start + size)
      }
    }
  }
}

/// A counter shared by closures on several threads.
final class Counter: Sendable {
  private let stored = Mutex(0)

  var value: Int {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }

  /// Increments the counter and returns its previous value.
  func next() -> Int {
    stored.withLock { number in
      defer { number += 1 }
      return number
    }
  }
}

extension Recipe {
  /// A recipe of textures small enough to generate hundreds of them.
  static func small(
    side: Int = 16, lengthScales: [[Double]] = [[1, 1.5], [3, 4]], weights: [Double] = [0.75, 1.25],
    standardize: Bool = false, dtype: DType = .float32, seed: UInt64 = 7, samples: Int = 10
  ) throws(DatasetError) -> Recipe {
    try Recipe(
      side: side, lengthScales: lengthScales, weights: weights, standardize: standardize, dtype: dtype, seed: seed,
      samples: samples)
  }
}

extension Data {
  /// The bytes as little-endian numbers.
  func elements<Element: BitwiseCopyable>(_: Element.Type) -> [Element] {
    withUnsafeBytes { bytes in
      stride(from: 0, to: count, by: MemoryLayout<Element>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Element.self)
      }
    }
  }
}
