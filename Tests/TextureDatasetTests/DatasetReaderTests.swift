import CHDF5
import Foundation
import Testing

@testable import TextureDataset

@Suite struct DatasetReaderTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func failure(_ name: String = "data.h5") throws -> DatasetError {
    try #require(throws: DatasetError.self) { _ = try DatasetReader(folder(name)) }
  }

  private func pixels(_ reader: DatasetReader, sample: Int) throws -> (pixels: [Float], bands: Int) {
    var (pixels, bands) = ([Float](), 0)
    try reader.read(sample: sample) { band in
      pixels += band
      bands += 1
    }
    return (pixels, bands)
  }

  @Test(arguments: [1, 3])
  func samplesAreReadFromTheirShards(shards: Int) throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: shards)
    let reader = try DatasetReader(folder("data.h5"))
    #expect(reader.recipe == recipe)
    #expect(reader.shards.map(\.samples.count).reduce(0, +) == 10)
    for (sample, image) in try folder.images().enumerated() {
      #expect(try pixels(reader, sample: sample).pixels == image.elements(Float.self))
    }
  }

  @Test func singleShardIsReadByItself() throws {
    try folder.make(.small(), shards: 3)
    let reader = try DatasetReader(folder("data-00001-of-00003.h5"))
    #expect(reader.header.samples == 3..<6)
    #expect(try pixels(reader, sample: 4).pixels == folder.images()[4].elements(Float.self))
    let error = try #require(throws: DatasetError.self) { try pixels(reader, sample: 6) }
    #expect(error.code == .invalidFile)
    #expect(error.message.hasSuffix("has no sample 6; expected 3 to 5"))
  }

  /// Sides of 32 fill whole pages in every shard; of 20 they do not.
  @Test(arguments: [(32, 1, true), (32, 3, true), (20, 1, true), (20, 3, false)])
  func pixelsAreMapped(side: Int, shards: Int, isPossible: Bool) throws {
    try folder.make(.small(side: side, lengthScales: [[2], [3, 4]]), shards: shards)
    let mapping = try PixelMapping(DatasetReader(folder("data.h5")))
    #expect((mapping != nil) == isPossible)
    guard let mapping else { return }
    let expected = try folder.images().flatMap { $0.elements(Float.self) }
    #expect(mapping.byteCount == expected.count * 4)
    let found = UnsafeRawBufferPointer(start: mapping.pixels, count: mapping.byteCount).bindMemory(to: Float.self)
    #expect(Array(found) == expected)
    withExtendedLifetime(mapping) {}
  }

  @Test func truncatedFilesAreNotMapped() throws {
    try folder.make(.small(side: 32, lengthScales: [[2], [3, 4]]), shards: 3)
    let reader = try DatasetReader(folder("data.h5"))
    #expect(truncate(folder("data-00002-of-00003.h5"), 20_000) == 0)
    let error = try #require(throws: DatasetError.self) { _ = try PixelMapping(reader) }
    #expect(error.code == .invalidFile && error.message.contains("data-00002-of-00003.h5: has 19.5 KiB"))
  }

  @Test func float16IsWidened() throws {
    try folder.make(.small(dtype: .float16))
    let expected = try folder.images()[3].elements(Float16.self).map { Float($0) }
    #expect(try pixels(DatasetReader(folder("data.h5")), sample: 3).pixels == expected)
  }

  @Test(arguments: Recipe.DType.allCases)
  func largeTexturesAreReadInBands(dtype: Recipe.DType) throws {
    try folder.make(.small(side: 1_100, lengthScales: [[90], [200, 300]], dtype: dtype, samples: 2))
    let (pixels, bands) = try pixels(DatasetReader(folder("data.h5")), sample: 1)
    #expect(bands == 2)
    let image = try folder.images()[1]
    #expect(pixels == (dtype == .float32 ? image.elements(Float.self) : image.elements(Float16.self).map { Float($0) }))
  }

  @Test func missingShardsAreNamed() throws {
    try folder.make(.small(), shards: 4)
    for shard in [1, 3] { try folder.remove("data-0000\(shard)-of-00004.h5") }
    let error = try failure()
    #expect(error.code == .missingShard)
    #expect(
      error.message.hasSuffix(
        "2 of 4 shards are missing: \(folder("data-00001-of-00004.h5")), \(folder("data-00003-of-00004.h5"))"))
  }

  @Test func shardOfAnotherDatasetIsRefused() throws {
    let other = try DatasetFolder()
    try folder.make(.small(), shards: 2)
    try other.make(.small(seed: 8), shards: 2)
    try folder.remove("data-00001-of-00002.h5")
    try FileManager.default.copyItem(atPath: other("data-00001-of-00002.h5"), toPath: folder("data-00001-of-00002.h5"))
    let error = try failure()
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("its recipe differs in seed"))
  }

  @Test func truncatedShardIsRefused() throws {
    try folder.make(.small())
    let size = try folder.data("data.h5").count
    for length in [size - 1, size / 2, 4096, 512, 8, 0] {
      truncate(folder("data.h5"), off_t(length))
      let error = try failure()
      #expect([.hdf5, .invalidFile].contains(error.code))
      #expect(error.message.hasPrefix(folder("data.h5")), "\(length) bytes")
    }
  }

  @Test func otherFilesAreRefusedAsShards() throws {
    #expect(try failure("missing.h5").code == .fileSystem)
    try folder.write("text", to: "text.h5")
    #expect(try failure("text.h5").code == .hdf5)
    try FileManager.default.createDirectory(atPath: folder("folder"), withIntermediateDirectories: false)
    let error = try failure("folder")
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("contains no gpgen dataset"))
    try HDF5File(creating: folder("empty.h5")).close()
    let foreign = try failure("empty.h5")
    #expect(foreign.code == .invalidFile)
    #expect(foreign.message.contains("gpgen did not make it"))
  }

  /// An attribute's new value; nil to remove it.
  private static let damages: [(attribute: String, value: Int64?, message: String)] = [
    ("format", nil, "gpgen did not make it"),
    ("recipe", nil, "has no attribute recipe"),
    ("format_version", 3, "has format version 3, but this gpgen reads versions up to 2; use the gpgen that made it"),
    ("format_version", 2, "has format version 2, but its recipe requires 1; the header is damaged"),
    ("shard_count", nil, "has no attribute shard_count"),
    ("shard_count", 0, "the header is damaged"),
    ("shard_count", 11, "the header is damaged"),
    ("shard_index", 1, "the header is damaged"),
    ("shard_index", -1, "the header is damaged"),
    ("sample_count", 11, "the header is damaged"),
    ("recipe", 3, "expected attribute recipe to be one string"),
    ("dataset_hash", 3, "expected attribute dataset_hash to be one string"),
  ]

  @Test(arguments: damages)
  func damagedHeaderIsRefused(attribute: String, value: Int64?, message: String) throws {
    try folder.make(.small())
    try change { file in
      try #require(H5Adelete(file, attribute) >= 0)
      guard var value else { return }
      let space = H5Screate(H5S_SCALAR)
      let made = H5Acreate2(file, attribute, gpgen_h5t_int64(), space, gpgen_h5p_default, gpgen_h5p_default)
      try #require(H5Awrite(made, gpgen_h5t_int64(), &value) >= 0)
      H5Aclose(made)
      H5Sclose(space)
    }
    let error = try failure()
    #expect(error.code == (message.contains("use the gpgen") ? .unsupportedVersion : .invalidFile))
    #expect(error.message.contains(message), "\(error.message)")
  }

  /// A byte of the recipe is changed on the disk.
  @Test func recipeWithAnotherHashIsRefused() throws {
    try folder.make(.small(seed: 7))
    let data = try folder.data("data.h5")
    let place = try #require(data.range(of: Data("\"seed\":7".utf8)))
    try folder.flipByte(of: "data.h5", at: place.upperBound - 1)
    #expect(throws: DatasetError.self) { try DatasetReader(folder("data.h5")) }
  }

  @Test(arguments: ["image", "crc32c"])
  func missingDatasetIsRefused(name: String) throws {
    try folder.make(.small())
    try change { try #require(H5Ldelete($0, name, gpgen_h5p_default) >= 0) }
    let error = try failure()
    #expect(error.message.contains(": \(name): cannot open"))
  }

  @Test(arguments: [(9, true, "is uint32 [9]"), (10, false, "is int64 [10]")])
  func datasetOfAnotherTypeOrShapeIsRefused(count: hsize_t, isInteger32: Bool, found: String) throws {
    try folder.make(.small())
    try change { file in
      try #require(H5Ldelete(file, "crc32c", gpgen_h5p_default) >= 0)
      let space = H5Screate_simple(1, [count], nil)
      let type = isInteger32 ? gpgen_h5t_uint32() : gpgen_h5t_int64()
      let made = H5Dcreate2(file, "crc32c", type, space, gpgen_h5p_default, gpgen_h5p_default, gpgen_h5p_default)
      try #require(made >= 0)
      H5Dclose(made)
      H5Sclose(space)
    }
    let error = try failure()
    #expect(error.code == .invalidFile)
    #expect(error.message.hasSuffix("crc32c: \(found), expected uint32 [10]"))
  }

  /// The library's switch is per thread.
  @Test func libraryPrintsNothingOnAnyThread() async {
    let path = folder("missing.h5")
    let isSilent = await withCheckedContinuation { continuation in
      Thread {
        _ = try? HDF5File(reading: path)
        var print: H5E_auto2_t?
        H5Eget_auto2(gpgen_h5e_default, &print, nil)
        continuation.resume(returning: print == nil)
      }.start()
    }
    #expect(isSilent)
  }

  /// Opens the finished file for writing, like another program.
  private func change(_ body: (hid_t) throws -> Void) throws {
    let path = folder("data.h5")
    var result = Result<Void, any Error> {}
    // The library takes one call at a time.
    HDF5Library.release {
      result = Result {
        // Swift cannot import H5F_ACC_RDWR, whose definition contains a cast.
        let file = H5Fopen(path, 1, gpgen_h5p_default)
        try #require(file >= 0)
        defer { H5Fclose(file) }
        try body(file)
      }
    }
    try result.get()
  }
}
