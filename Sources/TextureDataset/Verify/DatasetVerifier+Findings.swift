import Foundation

extension DatasetVerifier {
  /// The findings so far.
  struct Findings {
    let dataset: DatasetFiles
    var examinations: [ShardExamination] = []
    var badFiles: [DatasetVerdict.BadFile] = []
    var badSamples: [DatasetVerdict.BadSample] = []
    /// The stored checksums of the shards that can be read, by the shard's number.
    var stored: [Int: [UInt32]] = [:]
    /// The checksums of bad samples' pixels.
    private var computed: [Int: UInt32] = [:]
    private var bytes = 0
    private var structureNotes: [String] = []
    private var regenerated: DatasetVerdict.Regenerated?

    init(dataset: DatasetFiles) { self.dataset = dataset }

    mutating func add(_ examination: ShardExamination) {
      examinations.append(examination)
      badFiles += examination.faults
      guard let header = examination.header, examination.faults.isEmpty else { return }
      // Nil if there is no space for a fresh structure; the bytes are then not compared.
      let bytes = try? StructureComparison(ofShard: header, names: dataset.names)
      if let note = bytes?.note(of: header.path) { structureNotes.append(note) }
    }

    /// Compares the index's bytes too, if it has no faults.
    mutating func add(_ faults: [DatasetVerdict.BadFile], ofIndex path: String, recipe: Recipe) {
      badFiles += faults
      guard faults.isEmpty, let header = try? ShardHeader(reading: path), let checksums = try? header.checksums() else {
        return
      }
      let bytes = try? StructureComparison(ofIndex: header, names: dataset.names, checksums: checksums)
      if let note = bytes?.note(of: path) { structureNotes.append(note) }
    }

    mutating func add(_ sweep: ChecksumSweep, of header: ShardHeader) {
      stored[header.shardIndex] = sweep.stored
      bytes += sweep.stored.count * header.layout.bytesPerSample
      for (sample, finding) in sweep.bad.sorted(by: { $0.key < $1.key }) {
        if case .differs(let checksum) = finding { computed[sample] = checksum }
        add(sample, header, finding == .unreadable ? .unreadable : .checksum)
      }
    }

    mutating func add(_ compared: [Int: SampleComparison], of samples: [(sample: Int, header: ShardHeader)]) {
      let all = compared.values
      // JSON has no infinity, the difference where a pixel is NaN.
      let finite = all.filter { $0.maximumDifference.isFinite }
      regenerated = DatasetVerdict.Regenerated(
        samples: compared.keys.sorted(), identical: all.count { $0.verdict == .identical },
        rounding: all.count { $0.verdict == .rounding },
        maximumDifference: finite.map(\.maximumDifference).max() ?? 0,
        maximumRelativeDifference: finite.map(\.maximumRelativeDifference).max() ?? 0)
      for (sample, header) in samples where compared[sample]?.verdict == .other { add(sample, header, .pixels) }
    }

    private mutating func add(_ sample: Int, _ header: ShardHeader, _ problem: DatasetVerdict.BadSample.Problem) {
      badSamples.append(.init(sample: sample, shard: header.shardIndex, file: header.path, problem: problem))
    }

    /// Blames the checksum instead of the pixels if the index confirms the pixels.
    mutating func settleStoredChecksums(index: String, samples: Int) {
      guard !badSamples.isEmpty, let header = try? ShardHeader(reading: index), header.recipe.samples == samples,
        let checksums = try? header.checksums()
      else { return }
      badSamples = badSamples.map { bad in
        guard bad.problem == .checksum, computed[bad.sample] == checksums[bad.sample] else { return bad }
        return .init(sample: bad.sample, shard: bad.shard, file: bad.file, problem: .storedChecksum)
      }
    }

    mutating func addFilesWithoutRecipe() {
      let files =
        dataset.shards.map { ($0.path, Int?($0.number)) } + [dataset.index].compactMap { $0 }.map { ($0, nil) }
      for (path, shard) in files {
        let isThere = access(path, F_OK) == 0
        var message = "\(path): does not exist"
        if isThere {
          do throws(DatasetError) {
            _ = try ShardHeader(reading: path)
          } catch {
            message = error.message
          }
        }
        badFiles.append(
          .init(file: path, shard: shard, problem: isThere ? .unreadable : .missing, name: nil, message: message))
      }
    }

    func verdict(of path: String, recipe: Recipe?) -> DatasetVerdict {
      let names = dataset.names
      var notes = structureNotes
      let strays = names.shardsInFolder().filter { $0.count != names.shardCount }
      if let stray = strays.first {
        notes.append(
          "\(stray.path)\(strays.count > 1 ? " and \(strays.count - 1) more" : "") not checked: the number of shards differs"
        )
      }
      let partials = (dataset.shards.map(\.path) + [dataset.index].compactMap { $0 }).filter {
        access($0, F_OK) == 0 && access(OutputNames.partial($0), F_OK) == 0
      }
      if let first = partials.first {
        let more = partials.count > 1 ? " and \(partials.count - 1) more of them" : ""
        notes.append(
          "\(OutputNames.partial(first))\(more) exists beside the finished file: a run is in progress or was interrupted"
        )
      }
      let expected = recipe.map { recipe in
        dataset.shards.reduce(0) { $0 + names.samples(ofShard: $1.number, total: recipe.samples).count }
      }
      return DatasetVerdict(
        file: path, ok: badFiles.isEmpty && badSamples.isEmpty, datasetHash: recipe?.datasetHash,
        shardCount: names.shardCount, files: dataset.shards.count + (dataset.index == nil ? 0 : 1), samples: expected,
        checked: stored.values.reduce(0) { $0 + $1.count }, bytes: bytes, badFiles: badFiles,
        badSamples: badSamples.sorted { $0.sample < $1.sample }, regenerated: regenerated,
        unfinished: unfinished(path: path)?.message, notes: notes)
    }

    /// The error of a dataset that only its own command can finish: none of its files is finished, or its shards are
    /// replacing those of another dataset.
    private func unfinished(path: String) -> DatasetError? {
      guard !badFiles.isEmpty else { return nil }
      if let error = dataset.unfinished { return error }
      guard dataset.showsLinks || badFiles.contains(where: { $0.problem == .foreign }) else { return nil }
      return Unfinished.publication(of: dataset, path: path)
    }
  }
}
