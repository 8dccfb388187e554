import Foundation
import TextureDataset

extension Evaluation {
  /// The confusion matrix as a text table: rows are true classes, columns predicted ones. Nil for a regression.
  public func confusionText(_ record: RunRecord) -> String? {
    guard let confusion else { return nil }
    let names = record.training.loss.isBinary ? ["rest", record.outputNames[0]] : record.dataset.classNames
    let header = "true \\ predicted"
    let first = max(header.count, names.map(\.count).max() ?? 0)
    let widths = names.indices.map { column in
      max(names[column].count, confusion.map { String($0[column]).count }.max() ?? 0)
    }
    func line(_ name: String, _ cells: [String]) -> String {
      name + String(repeating: " ", count: first - name.count)
        + zip(cells, widths).map { cell, width in
          "  " + String(repeating: " ", count: width - cell.count) + cell
        }.joined()
    }
    let rows = zip(names, confusion).map { name, row in line(name, row.map(String.init)) }
    return ([line(header, names)] + rows).joined(separator: "\n")
  }

  /// A readable report: one line for each metric, scale, class or target, then the confusion matrix. A known ceiling is
  /// shown beside its metric.
  public func text(_ record: RunRecord) -> String {
    var lines = ["samples    \(samples)"]
    if let loss { lines.append("loss       \(Self.number(loss))  \(lossName)") }
    switch report {
    case .classes(let report):
      lines.append("accuracy   \(Self.number(report.accuracy))" + ceilingText(ceiling?.expectedAccuracy))
      lines += scaleLines(report, record)
      lines.append(
        "macro      precision \(Self.number(report.macroPrecision))  recall \(Self.number(report.macroRecall))"
          + "  F1 \(Self.number(report.macroF1))  ROC AUC \(report.macroROCAUC.map(Self.number) ?? "none")")
      for entry in report.classes {
        lines.append(
          "\(entry.name): precision \(Self.number(entry.precision))  recall \(Self.number(entry.recall))"
            + "  F1 \(Self.number(entry.f1))  ROC AUC \(entry.rocAUC.map(Self.number) ?? "none")  of \(entry.samples)")
      }
    case .binary(let report):
      lines.append("accuracy   \(Self.number(report.accuracy))" + ceilingText(ceiling?.expectedAccuracy))
      lines.append("ROC AUC    \(report.rocAUC.map(Self.number) ?? "none: all samples are of one kind")")
      lines.append(
        "F1         \(Self.number(report.f1))  precision \(Self.number(report.precision))  recall \(Self.number(report.recall))"
      )
    case .regression(let report):
      for (index, target) in report.targets.enumerated() {
        lines.append(Self.text(target))
        if let best = ceiling?.targets?[index] { lines.append("  best possible: " + Self.errors(best)) }
      }
    }
    return (lines + [confusionText(record)].compactMap { $0 }).joined(separator: "\n")
  }

  /// The accuracy of the choice for each scale that has several candidates.
  private func scaleLines(_ report: ClassificationReport, _ record: RunRecord) -> [String] {
    guard let accuracies = report.scaleAccuracy, let recipe = try? Recipe(canonicalJSON: record.dataset.recipe),
      recipe.scaleCount == accuracies.count
    else { return [] }
    return zip(accuracies, recipe.labelling.candidateNames).enumerated().compactMap { scale, entry in
      let (accuracy, names) = entry
      guard names.count > 1 else { return nil }
      return "scale \(scale)    \(Self.number(accuracy))  \(names.prefix(8).joined(separator: ", "))"
        + (names.count > 8 ? ", …" : "") + ceilingText(ceiling?.scaleAccuracy?[scale])
    }
  }

  private func ceilingText(_ accuracy: Double?) -> String {
    accuracy.map { "  (best possible \(Self.number($0)))" } ?? ""
  }

  private static func text(_ target: RegressionReport.TargetScore) -> String { "\(target.name): \(errors(target))" }

  private static func errors(_ target: RegressionReport.TargetScore) -> String {
    "mean squared error \(significant(target.meanSquaredError))  root \(significant(target.rootMeanSquaredError))"
      + "  R² \(target.rSquared.map(number) ?? "none: all labels are equal")"
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }
}
