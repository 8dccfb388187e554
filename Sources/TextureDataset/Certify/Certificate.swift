import Foundation
import GaussianField

/// Whether textures have the distribution that their recipe says; `schemas/certificate.schema.json` describes it as JSON.
public struct Certificate: Encodable, Sendable {
  /// What came of it.
  public enum Verdict: String, Codable, Sendable {
    /// Nothing contradicts the recipe.
    case passed
    /// Something does.
    case failed
    /// There are no tests for such textures.
    case untestable
  }

  /// What is not exact, or not seen, by design.
  public struct Limits: Encodable, Sendable {
    /// The maximum fraction of a field's variance that its band limit drops; of files that gpgen made.
    public let droppedVariance: Double?
    /// The maximum over all classes of a texture's variance over that of the infinite plane, less 1.
    public let periodisingExcess: Double?
    /// Of open textures that gpgen made: sum |negative eigenvalues| / sum of all.
    public let negativeFraction: Double?
    /// The number of those eigenvalues.
    public let negativeCount: Int?
    /// The standard deviation of rounding over that of a texture, as it is assumed.
    public let rounding: Double
    /// The signed modes, or of open textures the combinations of pixels, that all classes measure.
    public let measured: Int
    /// All of them.
    public let all: Int
    /// The samples whose whitened fields were examined.
    public let examinedSamples: Int
    /// The samples that were compared with one another.
    public let comparedSamples: Int
    /// How many pairs of them were compared.
    public let comparedPairs: Int
  }

  /// The file.
  public let file: String
  /// What came of it.
  public let verdict: Verdict
  /// Why there are no tests.
  public let reason: String?
  /// The probability of tests that are at least as bad, if the recipe is right.
  public let p: Double?
  /// A certificate fails if p is less.
  public let level: Double
  /// SHA-256 of the recipe.
  public let datasetHash: String
  /// SHA-256 of the table of all samples' CRC-32C, in their order, each in four bytes, little-endian.
  public let checksumsHash: String?
  /// The extents of a texture.
  public let shape: [Int]
  /// What happens at its edges.
  public let boundary: String
  /// The first sample that was measured, in the whole dataset.
  public let firstSample: Int
  /// How many were measured.
  public let samples: Int
  /// The names of the classes.
  public let classes: [String]
  /// The kinds of test.
  public let kinds: [CertificateKind]
  /// The tests that fail by themselves, the least likely first.
  public let failures: [CertificateTest]
  /// How many tests fail by themselves.
  public let failureCount: Int
  /// All tests; of more than a thousand, the least likely.
  public let tests: [CertificateTest]
  /// How many tests there are.
  public let testCount: Int
  /// What parameters fit best.
  public let fits: [ParameterFit]
  /// What is not exact.
  public let limits: Limits?

  /// The rate at which good files fail.
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

  /// A certificate of what cannot be tested.
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

  /// SHA-256 of a table of checksums.
  static func hash(of checksums: [UInt32]) -> String {
    checksums.map(\.littleEndian).withUnsafeBytes { sha256(of: $0) }
  }

  /// As JSON.
  public var json: String { encodedAsJSON }
}
