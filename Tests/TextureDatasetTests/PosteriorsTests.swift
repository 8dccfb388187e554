import Foundation
import Testing

@testable import TextureDataset

@Suite struct PosteriorsTests {
  private let folder: DatasetFolder
  private let path: String

  private static let header = PosteriorsHeader(
    datasetHash: String(repeating: "a", count: 64), classNames: ["3-10", "4-10", "3-14"], method: "modes")

  init() throws {
    folder = try DatasetFolder()
    path = folder("posteriors.h5")
  }

  /// Samples 3, 4, 8, ..., written in reverse order.
  private func write() throws {
    let writer = try PosteriorsWriter(path, header: Self.header, samples: 4)
    for (row, sample) in [3, 4, 8, 11].enumerated().reversed() {
      try writer.write(row: row, sample: sample, label: row % 3, logPosteriors: Self.values(row))
    }
    try writer.finish()
  }

  private static func values(_ row: Int) -> [Double] {
    [log(0.5), log(0.25 + 0.01 * Double(row)), log(0.25 - 0.01 * Double(row))]
  }

  @Test func rowsAreReadBack() throws {
    try write()
    let posteriors = try Posteriors(reading: path)
    #expect(posteriors.header == Self.header)
    #expect(posteriors.sampleCount == 4 && posteriors.classCount == 3)
    for (row, sample) in [3, 4, 8, 11].enumerated() {
      #expect(try posteriors.sample(atRow: row) == sample)
      #expect(try posteriors.label(atRow: row) == row % 3)
      #expect(try posteriors.row(ofSample: sample) == row)
      #expect(try posteriors.logPosteriors(atRow: row) == Self.values(row))
    }
    for absent in [0, 2, 5, 10, 12, -1] { #expect(try posteriors.row(ofSample: absent) == nil) }
    #expect(access(path + ".partial", F_OK) != 0)
  }

  @Test func unfinishedFileLeavesNothing() throws {
    let nested = folder("new/posteriors.h5")
    do {
      let writer = try PosteriorsWriter(nested, header: Self.header, samples: 4)
      #expect(access(nested + ".partial", F_OK) == 0)
      let second = #expect(throws: DatasetError.self) {
        try PosteriorsWriter(nested, header: Self.header, samples: 4)
      }
      #expect(second?.code == .outputLocked)
      writer.discard()
    }
    #expect(access(folder("new"), F_OK) != 0)
  }

  @Test func damagedFilesAreRefused() throws {
    try write()
    let bytes = try Data(contentsOf: URL(filePath: path))
    let posteriors = try Posteriors(reading: path)
    let row = Self.values(0).withUnsafeBytes { Data($0) }
    let place = try #require(bytes.range(of: row)).lowerBound

    var changed = bytes
    changed.replaceSubrange(place..<place + 8, with: withUnsafeBytes(of: Double.nan) { Data($0) })
    try changed.write(to: URL(filePath: folder("nan.h5")))
    let nan = try Posteriors(reading: folder("nan.h5"))
    #expect(throws: DatasetError.self) { try nan.logPosteriors(atRow: 0) }
    #expect(try nan.logPosteriors(atRow: 1) == posteriors.logPosteriors(atRow: 1))

    for length in [0, 100, place + 8, bytes.count / 2] {
      try bytes.prefix(length).write(to: URL(filePath: folder("cut.h5")))
      #expect(throws: DatasetError.self, "\(length) bytes") { try Posteriors(reading: folder("cut.h5")) }
    }
  }

  @Test func otherFilesAreRefused() throws {
    let missing = #expect(throws: DatasetError.self) { try Posteriors(reading: path) }
    #expect(missing?.message.contains("No such file") == true)
    let data = folder("data.h5")
    let recipe = try Recipe(side: 16, lengthScales: [[2, 3]], weights: [1], samples: 2)
    _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: data, shardCount: 1), threads: 1).run()
    let other = #expect(throws: DatasetError.self) { try Posteriors(reading: data) }
    #expect(other?.code == .invalidFile)
    #expect(other?.message.contains("no attribute posteriors_version") == true)

    let newer = try HDF5File(creating: path)
    try HDF5Attributes(of: newer).write("posteriors_version", [Int64(2)], as: .int64, scalar: true)
    try newer.close()
    #expect(#expect(throws: DatasetError.self) { try Posteriors(reading: path) }?.code == .unsupportedVersion)
  }

  /// A file that claims more than it contains does not cause allocations.
  @Test func hugeShapesAreRefused() throws {
    for shape in [[4, 2000], [4], [1 << 40, 1000]] {
      let file = try HDF5File(creating: path)
      let root = HDF5Attributes(of: file)
      try root.write("posteriors_version", [Int64(1)], as: .int64, scalar: true)
      // A dataset with sources takes no space in the file.
      _ = try HDF5Dataset(
        creating: "log_posterior", in: file, type: .float64, shape: shape,
        sources: [.init(file: "none.h5", dataset: "/x", range: 0..<shape[0])])
      try file.close()
      #expect(throws: DatasetError.self, "\(shape)") { try Posteriors(reading: path) }
    }
  }
}
