import Foundation
import TextureDataset

extension OracleReport {
  /// The report as readable text.
  public var text: String {
    var lines = [
      "samples          \(samples)\(split == "all" ? "" : ", the \(split) part")", "likelihood       \(methodText)",
    ]
    lines.append(
      "accuracy         \(Self.number(accuracy)), 95% interval \(Self.number(interval[0])) to \(Self.number(interval[1]))"
    )
    lines.append(
      "expected         \(Self.number(expectedAccuracy)), error \(String(format: "%.3g", expectedError))"
        + String(format: " ± %.1g", expectedErrorStandardError))
    for (scale, (found, expected)) in zip(scaleAccuracy, expectedScaleAccuracy).enumerated() {
      lines.append("scale \(scale)          \(Self.number(found)), expected \(Self.number(expected))")
    }
    if let log10ErrorBound { lines.append(String(format: "error bound      10^%.2f", log10ErrorBound)) }
    for parameter in parameters ?? [] {
      var text = "scale \(parameter.scale), \(parameter.parameter): "
      if let error = parameter.meanSquaredError, let expected = parameter.expectedPosteriorVariance {
        text += "mean squared error \(Self.short(error)), expected \(Self.short(expected)), "
      }
      text += "prior variance \(Self.short(parameter.priorVariance))"
      if let bound = parameter.cramerRaoBound { text += ", Cramér-Rao bound \(Self.short(bound))" }
      lines.append(text)
    }
    return (lines + confusionLines).joined(separator: "\n")
  }

  private var methodText: String {
    let sum = "\(modes ?? 0) modes" + (modesLeftOut == 0 ? "" : ", \(modesLeftOut ?? 0) hidden by rounding omitted")
    return switch method {
    case "dense": "exact, from the covariance of all pixels"
    case "whittle": "approximate (Whittle), a sum over \(sum)"
    default: "exact, a sum over \(sum)"
    }
  }

  /// The confusion matrix as a table; empty for one class, or for more classes than fit on a page.
  private var confusionLines: [String] {
    guard (2...16).contains(classNames.count) else { return [] }
    let header = "true \\ recognized"
    let first = max(header.count, classNames.map(\.count).max() ?? 0)
    let widths = classNames.indices.map { column in
      max(classNames[column].count, confusion.map { String($0[column]).count }.max() ?? 0)
    }
    func line(_ name: String, _ cells: [String]) -> String {
      name.padding(toLength: first, withPad: " ", startingAt: 0)
        + zip(cells, widths).map { cell, width in
          "  " + String(repeating: " ", count: width - cell.count) + cell
        }.joined()
    }
    return [line(header, classNames)] + zip(classNames, confusion).map { line($0, $1.map(String.init)) }
  }

  private static func number(_ value: Double) -> String { String(format: "%.5f", value) }
  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
