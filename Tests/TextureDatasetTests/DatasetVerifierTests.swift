import Foundation
import Testing

@testable import TextureDataset

@Suite struct DatasetVerifierTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func verdict(
    _ name: String = "data.h5", threads: Int = 2, regenerate: Int = 0, seed: UInt64? = nil
  ) throws -> DatasetVerdict {
    try DatasetVerifier(folder(name), threads: threads, regenerate: regenerate, regenerateSeed: seed).run()
  }

  // MARK: Intact datasets

  @Test(arguments: [1, 3], Recipe.DType.allCases)
  func freshDatasetIsIntact(shards: Int, dtype: Recipe.DType) throws {
    let recipe = try Recipe.small(side: 33, dtype: dtype)
    try folder.make(recipe, shards: shards)
    let before = try folder.files
    let verdict = try verdict(regenerate: 4)
    #expect(verdict.ok && verdict.badFiles.isEmpty && verdict.badSamples.isEmpty && verdict.notes.isEmpty)
    #expect(verdict.samples == 10 && verdict.checked == 10 && verdict.files == (shards == 1 ? 1 : 4))
    #expect(verdict.bytes == 10 * 33 * 33 * dtype.size && verdict.datasetHash == recipe.datasetHash)
    #expect(verdict.regenerated?.samples.count == 4 && verdict.regenerated?.identical == 4)
    #expect(verdict.text.hasSuffix(": intact; \(shards == 1 ? "1 file" : "4 files"), 10 of 10 checksums match"))
    #expect(try folder.files == before, "nothing is written")
  }

  @Test func everyClassAndStandardizedFieldsAreIntact() throws {
    let recipe = try Recipe.small(lengthScales: [[1, 1.5, 2], [3, 4, 5]], standardize: true, samples: 23)
    try folder.make(recipe, shards: 4)
    #expect(try verdict(regenerate: 100).regenerated?.identical == 23)
  }

  @Test func folderAndSingleShardAreAccepted() throws {
    try folder.make(.small(), shards: 3)
    #expect(try verdict("").samples == 10)
    let shard = try verdict("data-00001-of-00003.h5")
    #expect(shard.ok && shard.samples == 3 && shard.files == 1 && shard.shardCount == 3)
    try folder.make(.small(), "other.h5")
    #expect(throws: DatasetError.self) { try verdict("") }
  }

  @Test func renamedShardIsIntact() throws {
    try folder.make(.small(), shards: 3)
    try FileManager.default.moveItem(atPath: folder("data-00001-of-00003.h5"), toPath: folder("mine.h5"))
    let shard = try verdict("mine.h5")
    #expect(shard.ok && shard.samples == 3)
  }

  @Test func missingDatasetIsAnError() throws {
    #expect(throws: DatasetError.self) { try verdict("missing.h5") }
    #expect(throws: DatasetError.self) { try verdict("") }
    try folder.interrupt(.small(), after: 3)
    let error = try #require(throws: DatasetError.self) { try verdict("data.h5.partial") }
    #expect(error.message.contains("is unfinished"))
  }

  // MARK: Damage

  @Test(arguments: DatasetDamage.allCases.filter { $0 != .missing })
  func damageIsFound(damage: DatasetDamage) throws {
    try folder.make(.findable())
    try damage.inflict(on: folder("data.h5"))
    let verdict = try verdict()
    #expect(!verdict.ok)
    if let expected = damage.expected {
      #expect(verdict.badFiles.contains { $0.problem == expected.problem && $0.name == expected.name })
      #expect(verdict.badFiles.allSatisfy { $0.file == folder("data.h5") && $0.shard == 0 })
      #expect(verdict.badSamples.isEmpty)
    } else {
      #expect(verdict.badFiles.isEmpty)
      let sample = damage == .image ? 3 : 2
      #expect(
        verdict.badSamples
          == [.init(sample: sample, shard: 0, file: folder("data.h5"), problem: .checksum)])
      #expect(verdict.text.contains("bad sample \(sample) in shard 0, "))
    }
  }

  @Test(arguments: DatasetDamage.allCases)
  func damageOfOneShardIsFoundInTheDataset(damage: DatasetDamage) throws {
    try folder.make(.findable(samples: 14), shards: 3)
    let path = folder("data-00001-of-00003.h5")
    try damage.inflict(on: path)
    let verdict = try verdict()
    let hash = try Recipe.findable(samples: 14).datasetHash
    #expect(!verdict.ok && verdict.datasetHash == hash)
    if let expected = damage.expected {
      #expect(verdict.badFiles.contains { $0.problem == expected.problem && $0.name == expected.name })
      #expect(verdict.badFiles.allSatisfy { $0.shard == 1 && $0.file == path })
    } else if damage == .image {
      #expect(verdict.badSamples == [.init(sample: 7, shard: 1, file: path, problem: .checksum)])
    } else {
      #expect(verdict.badSamples == [.init(sample: 6, shard: 1, file: path, problem: .storedChecksum)])
      #expect(verdict.badFiles.map(\.problem) == [.checksums], "the index has a different one")
    }
  }

  @Test func foreignAndDuplicateShardsAreNamed() throws {
    try folder.make(.small(), shards: 3)
    let other = try DatasetFolder()
    try other.make(.small(seed: 8), shards: 3)
    try folder.remove("data-00001-of-00003.h5")
    try FileManager.default.copyItem(atPath: other("data-00001-of-00003.h5"), toPath: folder("data-00001-of-00003.h5"))
    var found = try verdict()
    #expect(found.badFiles.map(\.problem) == [.foreign] && found.badFiles[0].shard == 1)
    #expect(found.badFiles[0].message.contains("seed"))
    try folder.remove("data-00001-of-00003.h5")
    try FileManager.default.copyItem(atPath: folder("data-00000-of-00003.h5"), toPath: folder("data-00001-of-00003.h5"))
    found = try verdict()
    #expect(found.badFiles.map(\.problem) == [.twice] && found.badFiles[0].shard == 1 && found.checked == 7)
    #expect(found.text.contains("is shard 0, not 1"))
  }

  @Test func unfinishedShardsAndTheIndexAreNamed() throws {
    try folder.make(.small(), shards: 3)
    try folder.remove("data.h5")
    try FileManager.default.moveItem(
      atPath: folder("data-00002-of-00003.h5"), toPath: folder("data-00002-of-00003.h5.partial"))
    let found = try verdict()
    #expect(found.badFiles.map(\.problem) == [.unfinished, .missing])
    #expect(found.badFiles.map(\.shard) == [2, nil])
  }

  @Test(arguments: ["label", "crc32c"])
  func damagedIndexIsFound(dataset: String) throws {
    try folder.make(.small(), shards: 3)
    try DatasetDamage.flip(folder("data.h5"), in: dataset, at: 0)
    let found = try verdict()
    #expect(found.badSamples.isEmpty && found.badFiles.count == 1 && found.badFiles[0].shard == nil)
    #expect(found.badFiles[0].problem == (dataset == "label" ? .values : .checksums))
    try DatasetDamage.flip(folder("data.h5"), at: 3)
    #expect(try verdict().badFiles.map(\.problem) == [.unreadable])
  }

  @Test func everyBadSampleIsListed() throws {
    try folder.make(.small(samples: 50))
    for sample in 0..<50 where sample != 20 {
      try DatasetDamage.flip(folder("data.h5"), in: "image", at: sample * 1024)
    }
    let found = try verdict()
    #expect(found.badSamples.map(\.sample) == (0..<50).filter { $0 != 20 })
    #expect(found.text.components(separatedBy: "\nbad sample ").count == 20)
    #expect(found.text.contains("… and 29 more, 49 bad samples in all"))
  }

  /// A changed byte outside pixels and checksums is a fault, or at least noted.
  @Test func everyFlippedByteOfTheStructureIsReported() throws {
    try folder.make(.small(samples: 3))
    let data = try folder.data("data.h5")
    let heaps = DatasetDamage.stringHeaps(of: data)
    for offset in stride(from: 0, to: data.count, by: 211) where !heaps.contains(where: { $0.contains(offset) }) {
      try DatasetDamage.flip(folder("data.h5"), at: offset)
      let found = try verdict()
      #expect(!found.ok || !found.notes.isEmpty, "byte \(offset)")
      try DatasetDamage.flip(folder("data.h5"), at: offset)
    }
    #expect(try verdict().ok)
  }

  /// HDF5 itself trusts these lengths and may copy out of bounds.
  @Test func damagedStringLengthsAreFoundBeforeHDF5ReadsThem() throws {
    try folder.make(.small(), shards: 2)
    for name in ["data.h5", "data-00001-of-00002.h5"] {
      let heaps = DatasetDamage.stringHeaps(of: try folder.data(name))
      #expect(!heaps.isEmpty)
      for heap in heaps {
        // The high bytes of the length of the heap, and of its first string.
        for offset in [11, 13, 15, 26, 27, 28, 31] {
          try DatasetDamage.flip(folder(name), at: heap.lowerBound + offset)
          let found = try verdict()
          #expect(found.badFiles.first?.problem == .unreadable)
          #expect(found.badFiles.first?.message.contains("the strings of its attributes are damaged") == true)
          try DatasetDamage.flip(folder(name), at: heap.lowerBound + offset)
        }
      }
    }
    #expect(try verdict().ok)
  }

  /// HDF5 verifies the checksum only after decoding, which may read beyond the end of a damaged list.
  @Test func damagedSourceListIsFoundBeforeHDF5ReadsIt() throws {
    try folder.make(.small(), shards: 2)
    let data = try folder.data("data.h5")
    let first = try #require(data.range(of: Data("data-00000-of-00002.h5".utf8)))
    // Version and count, then the names of two files and their datasets, four selections, and a checksum.
    let list = first.lowerBound - 9..<first.lowerBound + 2 * (23 + 7 + 16 + 48) + 4
    for offset in stride(from: list.lowerBound, to: list.upperBound, by: 3) {
      try DatasetDamage.flip(folder("data.h5"), at: offset)
      let found = try verdict()
      #expect(found.badFiles.first?.problem == .unreadable, "byte \(offset)")
      #expect(found.badFiles.first?.message.contains("the source list of its virtual dataset is damaged") == true)
      try DatasetDamage.flip(folder("data.h5"), at: offset)
    }
    #expect(try verdict().ok)
  }

  // MARK: Regenerating

  @Test(arguments: Recipe.DType.allCases)
  func onlyMoreThanRoundingIsCorruption(dtype: Recipe.DType) throws {
    try folder.make(.small(dtype: dtype))
    try rewrite(sample: 4, dtype) { pixel in pixel.bitPattern & 1 == 0 ? pixel.nextUp : pixel.nextDown }
    let rounded = try verdict(regenerate: 10)
    #expect(rounded.ok && rounded.regenerated?.identical == 9 && rounded.regenerated?.rounding == 1)
    let maximum = try #require(rounded.regenerated?.maximumRelativeDifference)
    #expect(maximum > 0 && maximum < (dtype == .float32 ? 1e-6 : 5e-3))
    #expect(rounded.text.contains("1 that differ only in rounding"))
    try rewrite(sample: 4, dtype) { $0 + 0.01 }
    let other = try verdict(regenerate: 10)
    #expect(!other.ok && other.badSamples.map(\.problem) == [.pixels] && other.badSamples[0].sample == 4)
    #expect(try verdict().ok, "checksums alone do not reveal it")
  }

  /// Changes every pixel of a sample, and stores the checksum of the new ones.
  private func rewrite(sample: Int, _ dtype: Recipe.DType, _ change: (Float) -> Float) throws {
    let header = try ShardHeader(reading: folder("data.h5"))
    var data = try folder.data("data.h5")
    let (start, size) = (header.layout.offset(ofSample: sample), ShardStructure.bytesPerSample(of: header.recipe))
    let pixels = data.subdata(in: start..<start + size)
    var changed = Data()
    if dtype == .float32 {
      for pixel in pixels.elements(Float.self) { withUnsafeBytes(of: change(pixel)) { changed.append(contentsOf: $0) } }
    } else {
      for pixel in pixels.elements(Float16.self) {
        let next = Float16(change(Float(pixel)))
        let value = next == pixel ? pixel.nextUp : next
        withUnsafeBytes(of: value) { changed.append(contentsOf: $0) }
      }
    }
    data.replaceSubrange(start..<start + size, with: changed)
    var checksum = CRC32C()
    changed.withUnsafeBytes { checksum.update($0) }
    let place = header.layout.checksumOffset + 4 * sample
    data.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: checksum.value) { Data($0) })
    try data.write(to: URL(filePath: folder("data.h5")))
  }

  @Test func chosenSamplesAreDistinctAndDependOnTheSeed() throws {
    for (count, total) in [(0, 5), (1, 1), (3, 10), (9, 10), (10, 10), (20, 10)] {
      let chosen = SampleChoice.choose(count, of: total, seed: 3)
      #expect(Set(chosen).count == min(count, total) && chosen == chosen.sorted())
      #expect(chosen.allSatisfy { (0..<total).contains($0) })
    }
    #expect(SampleChoice.choose(5, of: 1000, seed: 1) == SampleChoice.choose(5, of: 1000, seed: 1))
    #expect(SampleChoice.choose(5, of: 1000, seed: 1) != SampleChoice.choose(5, of: 1000, seed: 2))
    // Each of 10 is chosen 300 times in 1,000, within six standard deviations of 14.5.
    var times = [Int](repeating: 0, count: 10)
    for seed in 0..<1000 { for number in SampleChoice.choose(3, of: 10, seed: UInt64(seed)) { times[number] += 1 } }
    #expect(times.allSatisfy { abs($0 - 300) < 87 })
    try folder.make(.small(samples: 40))
    #expect(try verdict(regenerate: 6, seed: 5).regenerated?.samples == SampleChoice.choose(6, of: 40, seed: 5))
  }

  @Test(arguments: [1, 2, 5]) func numberOfThreadsDoesNotMatter(threads: Int) throws {
    try folder.make(.small(side: 64, samples: 200))
    for sample in [0, 63, 64, 65, 199] {
      try DatasetDamage.flip(folder("data.h5"), in: "image", at: sample * 16384 + 5)
    }
    let (reports, last) = (Counter(), Counter())
    let found = try DatasetVerifier(folder("data.h5"), threads: threads).run(report: { progress in
      _ = reports.next()
      last.value = max(last.value, progress.made)
    })
    #expect(found.badSamples.map(\.sample) == [0, 63, 64, 65, 199])
    #expect(last.value == 200 && reports.value > 1)
  }

  @Test func verificationStopsOnRequest() throws {
    try folder.make(.small(side: 64, samples: 200))
    let asked = Counter()
    let error = try #require(throws: DatasetError.self) {
      _ = try DatasetVerifier(folder("data.h5"), threads: 1).run(shouldContinue: { asked.next() < 2 })
    }
    #expect(error.code == .interrupted)
  }

  @Test func jsonHasEveryField() throws {
    try folder.make(.small(), shards: 2)
    try DatasetDamage.image.inflict(on: folder("data-00001-of-00002.h5"))
    try DatasetDamage.flip(folder("data-00000-of-00002.h5"), in: "label", at: 0)
    let text = try verdict(regenerate: 3).json
    let json = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      json.keys.sorted() == [
        "bad_files", "bad_samples", "bytes", "checked", "dataset_hash", "file", "files", "notes", "ok", "regenerated",
        "samples", "shard_count",
      ])
    #expect(json["ok"] as? Bool == false && json["checked"] as? Int == 10 && json["files"] as? Int == 3)
    let sample = try #require((json["bad_samples"] as? [[String: Any]])?.first)
    #expect(sample["sample"] as? Int == 8 && sample["problem"] as? String == "checksum" && sample["shard"] as? Int == 1)
    let file = try #require((json["bad_files"] as? [[String: Any]])?.first)
    #expect(file["problem"] as? String == "values" && file["name"] as? String == "label" && file["shard"] as? Int == 0)
    let again = try #require(json["regenerated"] as? [String: Any])
    #expect(
      again.keys.sorted() == [
        "identical", "largest_difference", "largest_relative_difference", "rounding", "samples",
      ])
  }
}
