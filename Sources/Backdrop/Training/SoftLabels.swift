import Foundation
import TextureDataset

/// Class probabilities of samples, with which cross-entropy compares the outputs instead of the classes themselves.
public struct SoftLabels: Sendable {
  /// A file with probabilities, identified by its contents.
  public struct File: Codable, Equatable, Sendable {
    /// The absolute path.
    public let path: String
    /// The SHA-256 hash of the file.
    public let hash: String
  }

  /// The file of the probabilities.
  public let file: File
  /// The hash of the dataset that they belong to.
  private let datasetHash: String
  private let classNames: [String]
  /// The row of each sample, by the sample's index in the whole dataset.
  private let rows: [Int: Int]
  /// Shape (row, class).
  private let probabilities: [Float]

  /// The maximum deviation of a row's sum from 1.
  static let tolerance = 1e-6

  /// Reads a file that `gpgen oracle --out` wrote. Blocks while it reads.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``BackdropError`` with code `.invalidFile` if it is not such a file, or if a row does not sum to 1; with
  ///   code `.fileSystem` or `.memory`.
  public init(reading path: String) throws(BackdropError) {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    let (posteriors, hash) = try Self.reading { () throws(DatasetError) in
      (try Posteriors(reading: path), try fileHash(path, expected: "a file of posteriors"))
    }
    // Growing arrays need up to three times their size.
    try checkRoom(for: 3 * posteriors.sampleCount * (1 + posteriors.classCount), of: Double.self)
    let (samples, logProbabilities) = try Self.reading { () throws(DatasetError) in
      var (samples, logProbabilities): ([Int], [Double]) = ([], [])
      for row in 0..<posteriors.sampleCount {
        samples.append(try posteriors.sample(atRow: row))
        logProbabilities += try posteriors.logPosteriors(atRow: row)
      }
      return (samples, logProbabilities)
    }
    try self.init(
      File(path: absolute, hash: hash), datasetHash: posteriors.header.datasetHash,
      classNames: posteriors.header.classNames, samples: samples, logProbabilities: logProbabilities)
  }

  private static func reading<Result>(_ read: () throws(DatasetError) -> Result) throws(BackdropError) -> Result {
    do throws(DatasetError) {
      return try read()
    } catch {
      let code: BackdropError.Code =
        switch error.code {
        case .memory: .memory
        case .fileSystem: .fileSystem
        default: .invalidFile
        }
      throw BackdropError(code, error.message, cause: error)
    }
  }

  /// - Parameters:
  ///   - file: the file of the probabilities.
  ///   - datasetHash: the hash of the dataset that they belong to.
  ///   - classNames: the names of the classes, in the order of their indices.
  ///   - samples: the samples' indices in the whole dataset, shape (row).
  ///   - logProbabilities: natural logarithms, shape (row, class).
  /// - Throws: ``BackdropError`` with code `.invalidFile` if a sample occurs twice, or if a row does not sum to 1.
  init(
    _ file: File, datasetHash: String, classNames: [String], samples: [Int], logProbabilities: [Double]
  ) throws(BackdropError) {
    let classCount = classNames.count
    precondition(logProbabilities.count == samples.count * classCount, "expected a row for each sample")
    try checkRoom(for: 4 * samples.count, of: Int.self)
    try checkRoom(for: logProbabilities.count)
    self.file = file
    self.datasetHash = datasetHash
    self.classNames = classNames
    var rows: [Int: Int] = [:]
    for (row, sample) in samples.enumerated() {
      guard rows.updateValue(row, forKey: sample) == nil else {
        throw BackdropError(.invalidFile, "\(file.path): has sample \(sample) twice; expected each sample once")
      }
    }
    self.rows = rows
    var probabilities: [Float] = []
    probabilities.reserveCapacity(logProbabilities.count)
    for (row, sample) in samples.enumerated() {
      var sum = 0.0
      for k in row * classCount..<(row + 1) * classCount {
        let probability = exp(logProbabilities[k])
        sum += probability
        probabilities.append(Float(probability))
      }
      guard abs(sum - 1) <= Self.tolerance else {
        throw BackdropError(
          .invalidFile,
          "\(file.path): the probabilities of sample \(sample) sum to \(sum), expected 1; write the file with `gpgen"
            + " oracle --out`"
        )
      }
    }
    self.probabilities = probabilities
  }

  /// Refuses a dataset that the probabilities do not belong to, or samples without probabilities.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`.
  func check(_ recipe: Recipe, samples: Range<Int>) throws(BackdropError) {
    guard recipe.datasetHash == datasetHash else {
      throw BackdropError(
        .unsuitableDataset,
        "\(file.path): belongs to dataset \(datasetHash.prefix(12))…, but this one is"
          + " \(recipe.datasetHash.prefix(12))…; give the posteriors of this dataset, from `gpgen oracle --out`")
    }
    guard (0..<recipe.classCount).map({ recipe.className($0) }) == classNames else {
      throw BackdropError(
        .unsuitableDataset,
        "\(file.path): its classes are \(classNames.joined(separator: ", ")), not those of the dataset")
    }
    if let missing = samples.first(where: { rows[$0] == nil }) {
      throw BackdropError(
        .unsuitableDataset,
        "\(file.path): has no probabilities for sample \(missing); give those of all samples from"
          + " \(samples.lowerBound) to \(samples.upperBound - 1)")
    }
  }

  /// The probabilities of samples, shape (sample, class).
  ///
  /// - Precondition: ``check(_:samples:)`` has accepted the samples.
  func probabilities(ofSamples samples: [Int]) -> [Float] {
    samples.flatMap { sample -> ArraySlice<Float> in
      guard let row = rows[sample] else { preconditionFailure("every sample must have probabilities") }
      return probabilities[row * classNames.count..<(row + 1) * classNames.count]
    }
  }
}
