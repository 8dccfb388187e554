import CHDF5
import Foundation
import GaussianField
import Testing

@testable import TextureDataset

@Suite struct ShardTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  @Test(arguments: [1, 3])
  func headerReadsBack(shards: Int) throws {
    let recipe = try Recipe.small(side: 33, standardize: true, dtype: .float16, seed: 9_007_199_254_740_991)
    try folder.make(recipe, shards: shards)
    let names = OutputNames(path: folder("data.h5"), shardCount: shards)
    var next = 0
    for shard in 0..<shards {
      let header = try ShardHeader(reading: names.shard(shard))
      #expect(header.path == names.shard(shard))
      #expect(header.kind == .shard)
      #expect(header.recipe == recipe)
      #expect(header.bytesVersion == ShardStructure.bytesVersion)
      #expect(header.shardIndex == shard && header.shardCount == shards)
      #expect(header.samples == names.samples(ofShard: shard, total: 10))
      #expect(header.samples.lowerBound == next)
      #expect(header.layout.imageOffset % 4096 == 0, "whole pages, for mmap")
      next = header.samples.upperBound
    }
    #expect(next == 10)
    guard let index = names.index else { return }
    let header = try ShardHeader(reading: index)
    #expect(header.kind == .index)
    #expect(header.recipe == recipe)
    #expect(header.shardCount == shards)
    #expect(header.samples == 0..<10)
  }

  @Test func folderListsOnlyTheDatasetsFiles() throws {
    try folder.make(.small(), "one.h5")
    try folder.make(.small(), "two", shards: 2)
    #expect(try folder.names == ["one.h5", "two", "two-00000-of-00002", "two-00001-of-00002"])
  }

  @Test(arguments: [1, 3])
  func sameRecipeGivesTheSameBytes(shards: Int) throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: shards, threads: 1)
    let first = try folder.files
    for threads in [1, 2, 5] {
      let other = try DatasetFolder()
      try other.make(recipe, shards: shards, threads: threads)
      #expect(try other.files == first, "\(threads) threads")
    }
  }

  @Test func fileNameLeavesNoTraceInAShard() throws {
    try folder.make(.small(), "data.h5")
    try folder.make(.small(), "other name")
    #expect(try folder.data("data.h5") == folder.data("other name"))
  }

  @Test(arguments: [8, 9, 33, 64], Recipe.DType.allCases)
  func samplesDependNeitherOnThreadsNorShardsNorTheirNumber(side: Int, dtype: Recipe.DType) throws {
    let recipe = try Recipe.small(side: side, dtype: dtype, samples: 11)
    try folder.make(recipe, "reference.h5", threads: 1)
    let reference = try folder.images("reference.h5")
    #expect(Set(reference).count == 11)
    for (threads, shards) in [(2, 1), (5, 1), (1, 3), (2, 7), (5, 3), (5, 7)] {
      let name = "\(threads)-\(shards).h5"
      try folder.make(recipe, name, shards: shards, threads: threads)
      #expect(try folder.images(name) == reference, "\(threads) threads, \(shards) shards")
    }
    try folder.make(.small(side: side, dtype: dtype, samples: 30), "more.h5", shards: 3)
    #expect(try Array(folder.images("more.h5").prefix(11)) == reference)
  }

  @Test(arguments: [8, 9, 33, 64], [false, true])
  func pixelsMatchTheSampler(side: Int, standardize: Bool) throws {
    let recipe = try Recipe.small(side: side, standardize: standardize, samples: 6)
    try folder.make(recipe)
    let sampler = try TextureSampler(
      FieldModel(
        shape: .square(side: side),
        scales: [Scale(lengthScales: [1, 1.5], weight: 0.75), Scale(lengthScales: [3, 4], weight: 1.25)],
        standardize: standardize), seed: 7)
    for (sample, image) in try folder.images().enumerated() {
      let texture = try sampler.texture(sample: sample, choices: [sample % 2, sample / 2 % 2])
      #expect(image.elements(UInt32.self) == texture.map(\.bitPattern), "sample \(sample)")
    }
  }

  @Test func float16IsFloat32RoundedToNearest() throws {
    try folder.make(.small(side: 33), "single.h5")
    try folder.make(.small(side: 33, dtype: .float16), "half.h5")
    for (single, half) in zip(try folder.images("single.h5"), try folder.images("half.h5")) {
      #expect(half.elements(UInt16.self) == single.elements(Float.self).map { Float16($0).bitPattern })
    }
  }

  /// A texture large enough for several threads to share it, band by band.
  @Test func sharedTextureMatchesASingleThreadedOne() throws {
    let recipe = try Recipe.small(
      side: 4096, lengthScales: [[300], [900]], standardize: true, dtype: .float16, samples: 1)
    try folder.make(recipe, "one.h5", threads: 1)
    try folder.make(recipe, "three.h5", threads: 3)
    #expect(try folder.data("one.h5") == folder.data("three.h5"))
    #expect(try Set(folder.images("one.h5")[0].prefix(2 * 4096).elements(UInt16.self)).count > 100)
  }

  @Test(arguments: [1, 3])
  func labelsMatchTheClasses(shards: Int) throws {
    let recipe = try Recipe.small(lengthScales: [[9.5, 10], [80, 140, 200]], samples: 20)
    try folder.make(recipe, shards: shards)
    let names = OutputNames(path: folder("data.h5"), shardCount: shards)
    let files = (0..<shards).map { (names.shard($0), names.samples(ofShard: $0, total: 20)) } + [(names.path, 0..<20)]
    for (path, samples) in shards == 1 ? [files[0]] : files {
      let file = try HDF5File(reading: path)
      #expect(try integers("label", in: file) == samples.map { Int64($0 % 6) })
      #expect(try integers("sample", in: file) == samples.map { Int64($0) })
      #expect(try integers("scale", in: file) == [0, 1])
      #expect(try integers("y", in: file) == (0..<16).map { Int64($0) })
      #expect(try integers("x", in: file) == (0..<16).map { Int64($0) })
      #expect(try integers("scale_label", in: file) == samples.flatMap { [Int64($0 % 2), Int64($0 / 2 % 3)] })
      let lengthScale = try HDF5Dataset(opening: "length_scale", in: file)
      #expect(try lengthScale.shape == [samples.count, 2])
      let pixels: [Float] = try lengthScale.read(Float.self, count: 2 * samples.count, as: .float32)
      #expect(pixels == samples.flatMap { [[9.5, 10][$0 % 2], [80, 140, 200][$0 / 2 % 3]] })
    }
  }

  private func integers(_ name: String, in file: borrowing HDF5File) throws -> [Int64] {
    let dataset = try HDF5Dataset(opening: name, in: file)
    return try dataset.read(Int64.self, count: dataset.shape.reduce(1, *), as: .int64)
  }

  @Test(arguments: Recipe.DType.allCases)
  func checksumsMatchThePixels(dtype: Recipe.DType) throws {
    try folder.make(.small(side: 33, dtype: dtype), shards: 3)
    let expected = try folder.images().map { image in
      var checksum = CRC32C()
      image.withUnsafeBytes { checksum.update($0) }
      return checksum.value
    }
    #expect(try ShardHeader(reading: folder("data.h5")).checksums() == expected)
    let shards = try (0..<3).flatMap { shard in
      try ShardHeader(reading: OutputNames(path: folder("data.h5"), shardCount: 3).shard(shard)).checksums()
    }
    #expect(shards == expected)
  }

  /// Through the library, like other programs: an index shows the pixels of its shards from any working directory.
  @Test(arguments: ["data.h5", "50% of it.h5"])
  func indexShowsTheShardsPixels(name: String) throws {
    try folder.make(.small(), name, shards: 3)
    let moved = try DatasetFolder()
    try FileManager.default.removeItem(atPath: moved.path)
    try FileManager.default.moveItem(atPath: folder.path, toPath: moved.path)
    // Before the library itself opens the shards and locks them as long as the dataset is open.
    let expected = try moved.images(name).flatMap { $0.elements(Float.self) }
    let file = try HDF5File(reading: moved(name))
    let image = try HDF5Dataset(opening: "image", in: file)
    #expect(try image.shape == [10, 16, 16])
    let pixels: [Float] = try image.read(Float.self, count: 2560, as: .float32)
    #expect(pixels == expected)
  }

  @Test func pixelsOfAMissingShardAreNaN() throws {
    try folder.make(.small(), shards: 2)
    try folder.remove("data-00001-of-00002.h5")
    let file = try HDF5File(reading: folder("data.h5"))
    let image = try HDF5Dataset(opening: "image", in: file)
    let pixels: [Float] = try image.read(Float.self, count: 2560, as: .float32)
    #expect(!pixels.prefix(1280).contains { $0.isNaN })
    #expect(pixels.suffix(1280).allSatisfy { $0.isNaN })
  }
}

extension HDF5Dataset {
  /// Reads all elements; the shape must give `count` of them.
  fileprivate func read<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _: Element.Type, count: Int, as type: HDF5ElementType
  ) throws -> [Element] {
    try #require(try shape.reduce(1, *) == count && MemoryLayout<Element>.stride == type.bytes)
    let made = try type.make()
    var values = [Element](repeating: 0, count: count)
    _ = try HDF5Library.call("\(name): cannot read") {
      H5Dread(id, made.id, gpgen_h5s_all, gpgen_h5s_all, gpgen_h5p_default, &values)
    }
    return values
  }
}
