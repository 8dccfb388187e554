import Foundation

extension Certificate {
  private static let maximumRows = 20

  /// A readable report: the verdict, then the failed tests, the best fits, and the limits.
  public var text: String {
    var lines = [headline]
    if verdict == .untestable { return lines.joined(separator: "\n") }
    if !failures.isEmpty { lines += ["", failureTable] }
    if !kinds.isEmpty { lines += ["", kindTable] }
    let lengthScales = fits.filter { $0.parameter == .lengthScale }
    if !lengthScales.isEmpty { lines += ["", fitTable(lengthScales)] }
    if let limits { lines += ["", limitText(limits)] }
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let what = "\(counted(samples, "sample")) of \(shape.map(String.init).joined(separator: " x "))"
    let verb = samples == 1 ? "is" : "are"
    switch verdict {
    case .passed: return "PASSED: p = \(Self.probability(p ?? 1)): \(file): \(what) \(verb) consistent with the recipe"
    case .failed:
      return "FAILED: p = \(Self.probability(p ?? 0)): \(file): \(what) \(verb) not consistent with the recipe"
    case .untestable: return "NOT TESTED: \(file): \(reason ?? "")"
    }
  }

  static func probability(_ p: Double) -> String { p < 1e-300 ? "0" : String(format: "%.2g", p) }

  private func className(_ index: Int?) -> String {
    index.map { classes.indices.contains($0) ? classes[$0] : "" } ?? "all"
  }

  private var failureTable: String {
    var rows = [["failed test", "class", "measured", "expected", "deviations", "p"]]
    for failure in failures.prefix(Self.maximumRows) {
      let samples =
        failure.pair.map { " (samples \($0[0]) and \($0[1]))" } ?? failure.firstSample.map { " (first: sample \($0))" }
        ?? ""
      rows.append([
        failure.name + samples, className(failure.classIndex), significant(failure.measured),
        significant(failure.expected),
        failure.deviations.map { String(format: "%+.1f", $0) } ?? "", Self.probability(failure.p),
      ])
    }
    let more = failureCount - Self.maximumRows
    return Self.table(rows) + (more > 0 ? "\n… and \(more) more of \(counted(testCount, "test"))" : "")
  }

  private var kindTable: String {
    Self.table(
      [["kind of test", "tests", "p, corrected for the number of tests"]]
        + kinds.map { [$0.kind.rawValue, String($0.tests), Self.probability($0.p)] })
  }

  private func fitTable(_ fits: [ParameterFit]) -> String {
    Self.table(
      [["length scale", "best fit", "standard error"]]
        + fits.map { fit in
          [
            "\(fit.value.shortest) px, scale \(fit.scale)", String(format: "%.6g px", fit.best),
            String(format: "%.2g px", fit.standardError),
          ]
        })
  }

  private func limitText(_ limits: Limits) -> String {
    var lines = ["limits of the tests:"]
    if let dropped = limits.droppedVariance {
      lines.append("  the band limit drops \(significant(dropped)) of the variance")
    }
    if let excess = limits.periodisingExcess {
      lines.append("  periodising adds \(significant(excess)) of the variance")
    }
    if let fraction = limits.negativeFraction, let count = limits.negativeCount {
      lines.append(
        "  the embedding has \(counted(count, "negative eigenvalue")), \(significant(fraction)) of the sum of all, set to zero"
      )
    }
    let unit = boundary == "open" ? "combinations of pixels" : "modes"
    lines.append(
      "  \(limits.measured) of \(limits.all) \(unit) measured in every class; the others are below rounding"
        + (boundary == "open" ? " or not tested" : "")
        + " (\(significant(limits.rounding)) of the standard deviation)")
    if limits.examinedSamples > 0, limits.examinedSamples < samples {
      lines.append("  moments of whitened fields are from the first \(counted(limits.examinedSamples, "sample"))")
    }
    let allPairs = limits.comparedSamples * (limits.comparedSamples - 1) / 2
    if limits.comparedSamples < samples || limits.comparedPairs < allPairs {
      lines.append(
        "  \(counted(limits.comparedPairs, "pair")) of the first \(counted(limits.comparedSamples, "sample")) compared, not all"
      )
    }
    return lines.joined(separator: "\n")
  }

  /// Aligns rows in columns; all but the first are right-aligned.
  private static func table(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return "  " + cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
