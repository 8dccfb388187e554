import Foundation
import GaussianField
import Synchronization

/// The modes that a certificate measures, of each class and common to all classes.
struct MeasuredModes: Sendable {
  /// The spectra of all classes; if parameters are ranges, of some combinations of their ends and middles.
  let spectra: ClassSpectra
  let groups: ModeGroups
  /// Whether a mode can be measured in all classes, shape (line, index).
  let isCommon: [Bool]
  /// The number of signed modes that are measured in all classes.
  let commonCount: Int
  /// For each mode that is measured in all classes, 1 plus the scale that has more than half of its variance in all of
  /// the first classes; 0 elsewhere. Shape (line, index).
  let dominantScales: [UInt8]
  /// The number of lines up to the last with a mode that is measurable in any class.
  let lineCount: Int

  var order: ModeOrder { spectra.order }

  /// The maximum ratio of rounding to the variance of a measured mode.
  let negligible: Double

  /// The factor by which a mode must be farther above rounding at the ends of ranges, so that it is measurable in all
  /// samples between them.
  private static let margin = 4.0
  /// The number of classes that determine which scale dominates a mode.
  private static let decidingClasses = 16

  /// - Throws: ``DatasetError`` if a covariance has no spectrum, or with code `.interrupted`.
  init(
    _ fields: CertifiedFields, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    let shape = fields.model.shape
    // Rounding must not show in the sum over all modes of all samples: at most 1/20 of its standard deviation.
    let freedom = Double(shape.pixels) * Double(fields.textures.samples.count)
    let negligible = min(1e-3, 0.05 * (2 / freedom).squareRoot())
    self.negligible = negligible
    let spectra = try rethrowingFieldErrors { () throws(FieldError) in
      guard fields.model.hasRanges else {
        return try ClassSpectra(
          fields.model, classes: fields.classes, precision: fields.precision, negligible: negligible,
          isBandLimited: fields.isBandLimited)
      }
      let (model, classes) = try fields.model.representatives(of: fields.classes)
      return try ClassSpectra(
        model, classes: classes, precision: fields.precision, negligible: negligible / Self.margin,
        isBandLimited: fields.isBandLimited)
    }
    self.spectra = spectra
    let order = spectra.order
    groups = ModeGroups(shape, order)
    let length = order.lineLength
    struct LineFindings: Sendable {
      var isCommon: [Bool]
      var dominant: [UInt8]
      var isMeasured: Bool
    }
    let found = Mutex<[Int: LineFindings]>([:])
    try inParallel(order.lineCount, workers: threads, shouldContinue: shouldContinue) { () throws(DatasetError) in
      return { line throws(DatasetError) in
        var findings = LineFindings(
          isCommon: .init(repeating: true, count: length), dominant: .init(repeating: 0, count: length),
          isMeasured: false)
        for index in spectra.classes.indices {
          let own = spectra.line(line, ofClass: index)
          for k in 0..<length {
            findings.isCommon[k] = findings.isCommon[k] && own.isMeasurable[k]
            findings.isMeasured = findings.isMeasured || own.isMeasurable[k]
          }
          guard index < Self.decidingClasses else { continue }
          for scale in fields.model.scales.indices {
            let part = spectra.variances(ofScale: scale, class: index, line: line)
            for k in 0..<length {
              let dominates = part[k] > 0.5 * own.variances[k]
              if dominates, index == 0 { findings.dominant[k] = UInt8(scale + 1) }
              if !dominates, findings.dominant[k] == scale + 1 { findings.dominant[k] = 0 }
            }
          }
        }
        for k in 0..<length where !findings.isCommon[k] { findings.dominant[k] = 0 }
        let done = findings
        found.withLock { $0[line] = done }
      }
    }
    let lines = found.withLock { $0 }
    var (isCommon, dominant): ([Bool], [UInt8]) = ([], [])
    isCommon.reserveCapacity(order.lineCount * length)
    dominant.reserveCapacity(order.lineCount * length)
    var (last, common) = (-1, 0.0)
    for line in 0..<order.lineCount {
      guard let findings = lines[line] else { preconditionFailure("every line has been examined") }
      isCommon += findings.isCommon
      dominant += findings.dominant
      if findings.isMeasured { last = line }
      for k in 0..<length where findings.isCommon[k] { common += order.multiplicity(line: line, index: k) }
    }
    (self.isCommon, dominantScales, commonCount) = (isCommon, dominant, Int(common))
    lineCount = fields.model.hasRanges ? order.lineCount : last + 1
  }

  /// Whether a mode and its conjugate are both stored: on the planes kx = 0 and kx = n / 2.
  func isSelfConjugate(line: Int, index: Int) -> Bool { order.multiplicity(line: line, index: index) == 1 }
}

/// Runs `body` and throws its failure as this library's error.
func rethrowingFieldErrors<Result>(_ body: () throws(FieldError) -> Result) throws(DatasetError) -> Result {
  do {
    return try body()
  } catch {
    throw DatasetError(error.code == .memory ? .memory : .invalidRecipe, error.message, cause: error)
  }
}
