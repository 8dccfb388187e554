import Foundation
import GaussianField
import Synchronization

/// The modes that a certificate measures: those of each class, and those that all classes have.
struct MeasuredModes: Sendable {
  /// Of all classes; where parameters are ranges, of some combinations of their ends.
  let spectra: ClassSpectra
  let groups: ModeGroups
  /// Whether all classes can measure a mode, shape (line, index).
  let isCommon: [Bool]
  /// The signed modes that all classes measure.
  let commonCount: Int
  /// For each mode that all classes measure, the scale that has more than half its variance in all of the first classes, plus 1;
  /// 0 elsewhere. Shape (line, index).
  let dominantScales: [UInt8]
  /// The lines up to the last that has a mode which a class can measure.
  let lineCount: Int

  var order: ModeOrder { spectra.order }

  /// The maximum ratio of rounding to the variance of a mode that is measured.
  let negligible: Double

  /// How much farther above rounding a mode must be at the ends of ranges, so that it is in all samples between them.
  private static let margin = 4.0
  /// The classes that decide which scale dominates a mode.
  private static let deciding = 16

  /// - Throws: ``DatasetError`` where a covariance has no spectrum, or with code `.interrupted`.
  init(
    _ fields: CertifiedFields, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    let shape = fields.model.shape
    // Rounding must not be seen in the sum over all modes of all samples: 1/20 of its standard deviation.
    let freedom = Double(shape.pixels) * Double(fields.textures.samples.count)
    let negligible = min(1e-3, 0.05 * (2 / freedom).squareRoot())
    self.negligible = negligible
    let spectra = try describing { () throws(FieldError) in
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
          guard index < Self.deciding else { continue }
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
      guard let findings = lines[line] else { preconditionFailure("every line was looked at") }
      isCommon += findings.isCommon
      dominant += findings.dominant
      if findings.isMeasured { last = line }
      for k in 0..<length where findings.isCommon[k] { common += order.multiplicity(line: line, index: k) }
    }
    (self.isCommon, dominantScales, commonCount) = (isCommon, dominant, Int(common))
    lineCount = fields.model.hasRanges ? order.lineCount : last + 1
  }

  /// Whether a mode is its own conjugate's neighbour in its line, so that both are there: on planes kx = 0 and kx = n / 2.
  func isSelfConjugate(line: Int, index: Int) -> Bool { order.multiplicity(line: line, index: index) == 1 }
}

/// Runs `body` and throws its failure as this library's error.
func describing<Result>(_ body: () throws(FieldError) -> Result) throws(DatasetError) -> Result {
  do {
    return try body()
  } catch {
    throw DatasetError(error.code == .memory ? .memory : .invalidRecipe, error.message, cause: error)
  }
}
