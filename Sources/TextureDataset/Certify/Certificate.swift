import Foundation
import GaussianField

/// The result of testing whether textures have the distribution of their recipe; its JSON follows
/// `schemas/certificate.schema.json`.
public struct Certificate: Encodable, Sendable {
  /// The outcome.
  public enum Verdict: String, Codable, Sendable {
    /// Nothing contradicts the recipe.
    case passed
    /// Some test contradicts the recipe.
    case failed
    /// Such textures cannot be tested.
    case untestable
  }

  /// What the tests cannot see, and what is not exact by design.
  public struct Limits: Encodable, Sendable {
    /// The maximum fraction of a field's variance that its band limit drops; for files that gpgen made.
    public let droppedVariance: Double?
    /// The maximum over all classes of a texture's variance over that of the infinite plane, less 1.
    public let periodisingExcess: Double?
    /// For open textures that gpgen made: the sum of |negative eigenvalues| over the sum of all magnitudes.
    public let negativeFraction: Double?
    /// The number of those eigenvalues.
    public let negativeCount: Int?
    /// The assumed standard deviation of rounding over that of a texture.
    public let rounding: Double
    /// The number of signed modes, or of combinations of pixels for open textures, that are measured in all classes.
    public let measured: Int
    /// The number of all modes or pixels.
    public let all: Int
    /// The number of samples whose whitened fields were examined.
    public let examinedSamples: Int
    /// The number of samples that were compared with one another.
    public let comparedSamples: Int
    /// The number of pairs that were compared.
    public let comparedPairs: Int
  }

  /// The path of the file.
  public let file: String
  /// The outcome.
  public let verdict: Verdict
  /// Why the textures cannot be tested.
  public let reason: String?
  /// The probability of results at least as bad if the recipe is right.
  public let p: Double?
  /// The certificate fails if p is less.
  public let level: Double
  /// SHA-256 of the recipe.
  public let datasetHash: String
  /// SHA-256 of all samples' CRC-32C in order, four little-endian bytes each.
  public let checksumsHash: String?
  /// The extents of a texture.
  public let shape: [Int]
  /// The boundary: periodic or open.
  public let boundary: String
  /// The first measured sample, numbered in the whole dataset.
  public let firstSample: Int
  /// The number of measured samples.
  public let samples: Int
  /// The names of the classes.
  public let classes: [String]
  /// The kinds of test.
  public let kinds: [CertificateKind]
  /// The tests that fail individually, the least likely first.
  public let failures: [CertificateTest]
  /// The number of tests that fail individually.
  public let failureCount: Int
  /// All tests, or the 1,000 least likely if there are more.
  public let tests: [CertificateTest]
  /// The number of tests.
  public let testCount: Int
  /// The best-fitting parameters.
  public let fits: [ParameterFit]
  /// The limits of the tests.
  public let limits: Limits?

  /// The false-alarm rate: the fraction of good files that fail.
  public static let level = 0.01
  private static let maximumTests = 1000

  init(
    file: String, fields: CertifiedFields, tests: [CertificateTest], fits: [ParameterFit], limits: Limits,
    checksums: [UInt32]
  ) {
    let combined = CombinedTests(tests)
    let failures = combined.failures(at: Self.level)
    self.init(
      file: file, fields: fields, verdict: combined.p < Self.level ? .failed : .passed, reason: nil, combined: combined,
      failures: failures, fits: fits, limits: limits, checksumsHash: Self.hash(of: checksums))
  }

  /// A certificate for textures that cannot be tested.
  init(file: String, fields: CertifiedFields, reason: String) {
    self.init(
      file: file, fields: fields, verdict: .untestable, reason: reason, combined: nil, failures: [], fits: [],
      limits: nil, checksumsHash: nil)
  }

  private init(
    file: String, fields: CertifiedFields, verdict: Verdict, reason: String?, combined: CombinedTests?,
    failures: [CertificateTest], fits: [ParameterFit], limits: Limits?, checksumsHash: String?
  ) {
    let recipe = fields.recipe
    self.file = file
    self.verdict = verdict
    self.reason = reason
    p = combined?.p
    level = Self.level
    datasetHash = recipe.datasetHash
    self.checksumsHash = checksumsHash
    shape = recipe.field.shape.extents
    boundary = recipe.field.boundary.rawValue
    firstSample = fields.textures.samples.lowerBound
    samples = fields.textures.samples.count
    classes = (0..<recipe.classCount).map { recipe.className($0) }
    kinds = combined?.kinds ?? []
    self.failures = Array(failures.prefix(Self.maximumTests))
    failureCount = failures.count
    let all = combined?.tests ?? []
    tests = all.count <= Self.maximumTests ? all : Array(all.sorted { $0.p < $1.p }.prefix(Self.maximumTests))
    testCount = all.count
    self.fits = fits
    self.limits = limits
  }

  /// The SHA-256 of a table of checksums.
  static func hash(of checksums: [UInt32]) -> String {
    checksums.map(\.littleEndian).withUnsafeBytes { sha256(of: $0) }
  }

  /// The certificate as JSON.
  public var json: String { encodedAsJSON }
}
