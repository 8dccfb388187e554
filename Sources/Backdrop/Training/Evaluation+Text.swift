import Foundation

extension Evaluation {
  /// The names of the confusion matrix's rows and columns.
  func labels(_ record: RunRecord) -> [String] {
    switch report {
    case .classes: record.dataset.classNames
    case .binary: ["rest", record.outputNames[0]]
    }
  }

  /// The confusion matrix as a text table: rows are true classes, columns predicted ones.
  public func confusionText(_ record: RunRecord) -> String {
    let names = labels(record)
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

  /// A report to read: one line for each metric or class, then the confusion matrix.
  public func text(_ record: RunRecord) -> String {
    var lines = ["samples    \(samples)"]
    if let loss { lines.append("loss       \(Self.number(loss))  \(lossName)") }
    switch report {
    case .classes(let report):
      lines.append("accuracy   \(Self.number(report.accuracy))")
      lines.append(
        "macro      precision \(Self.number(report.macroPrecision))  recall \(Self.number(report.macroRecall))"
          + "  F1 \(Self.number(report.macroF1))  ROC AUC \(report.macroROCAUC.map(Self.number) ?? "none")")
      for entry in report.classes {
        lines.append(
          "\(entry.name): precision \(Self.number(entry.precision))  recall \(Self.number(entry.recall))"
            + "  F1 \(Self.number(entry.f1))  ROC AUC \(entry.rocAUC.map(Self.number) ?? "none")  of \(entry.samples)")
      }
    case .binary(let report):
      lines.append("accuracy   \(Self.number(report.accuracy))")
      lines.append("ROC AUC    \(report.rocAUC.map(Self.number) ?? "none: all samples are of one kind")")
      lines.append(
        "F1         \(Self.number(report.f1))  precision \(Self.number(report.precision))  recall \(Self.number(report.recall))"
      )
    }
    return (lines + [confusionText(record)]).joined(separator: "\n")
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }
}
