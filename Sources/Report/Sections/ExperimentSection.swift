import TextureDataset

/// The section of a report on an experiment: many runs that differ in method, training samples and seed.
struct ExperimentSection: Sendable {
  private typealias Summary = ExperimentResults.Summary

  let results: ExperimentResults

  /// The maximum number of dot plots; the tables have all results.
  private static let maximumDotPlots = 60

  /// The quantity on the horizontal axis of a line chart. Each of its values has a dot plot.
  private enum Abscissa: Hashable {
    case samples
    case steps

    var name: String {
      switch self {
      case .samples: "training samples"
      case .steps: "steps"
      }
    }

    func value(of row: Summary) -> Double? {
      switch self {
      case .samples: row.samples
      case .steps: row.steps
      }
    }
  }

  /// The rows of one dataset and metric, and of one length of training if the number of training samples also varies.
  private struct Group {
    let title: String
    let metric: String
    let rows: [Summary]
    /// The names of the lines of a chart, in order of occurrence.
    let names: [String]
  }

  /// The section's content.
  var html: [HTML] {
    var pieces: [HTML] = []
    if !results.description.isEmpty { pieces.append(.paragraph(results.description)) }
    if let cells = results.cells, let finished = results.finished, finished < cells {
      pieces.append(.remark("Still running: \(finished) of \(counted(cells, "run")) are finished."))
    }
    pieces.append(.facts(facts))
    guard !results.summaries.isEmpty else { return pieces + [.remark("No group of runs has results yet.")] }
    var remaining = Self.maximumDotPlots
    var leftOut = 0
    for group in groups {
      pieces.append(.element("h3", [:], group.title))
      let plots = dotPlots(group)
      let shown = plots.prefix(remaining)
      remaining -= shown.count
      leftOut += plots.count - shown.count
      pieces += [.grid([lines(group)] + shown), table(group)]
    }
    if leftOut > 0 {
      pieces.append(
        .remark(
          "\(counted(leftOut, "more dot plot")) \(leftOut == 1 ? "is" : "are") left out; the tables have all numbers."))
    }
    return pieces
  }

  private var facts: [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    if !results.name.isEmpty { facts.append(("name", results.name)) }
    if let cells = results.cells { facts.append(("runs", "\(results.finished ?? 0) of \(cells) finished")) }
    if let runs = results.runs { facts.append(("rows of results.csv", "\(runs)")) }
    facts.append(("groups with results", "\(results.summaries.count)"))
    return facts
  }

  private var groups: [Group] {
    var order: [[String]] = []
    var rows: [[String]: [Summary]] = [:]
    for row in results.summaries {
      let steps = variesSamples && variesSteps ? row.steps.map { "\(significant($0)) steps" } : nil
      let key = [row.metric] + (variesDataset ? [row.dataset] : []) + (steps.map { [$0] } ?? [])
      if rows[key] == nil { order.append(key) }
      rows[key, default: []].append(row)
    }
    return order.map { key in
      let own = rows[key] ?? []
      var names: [String] = []
      for row in own where !names.contains(name(of: row)) { names.append(name(of: row)) }
      return Group(title: key.joined(separator: ", "), metric: key[0], rows: own, names: names)
    }
  }

  /// A method's name, with network and budget if they vary.
  private func name(of row: Summary) -> String {
    let parts = [row.method] + (variesNetwork ? [row.network] : []) + (variesBudget ? [row.budget] : [])
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private let variesDataset: Bool
  private let variesNetwork: Bool
  private let variesBudget: Bool
  private let variesSamples: Bool
  private let variesSteps: Bool
  private var abscissa: Abscissa { variesSteps && !variesSamples ? .steps : .samples }

  init(_ results: ExperimentResults) {
    self.results = results
    variesDataset = Set(results.summaries.map(\.dataset)).count > 1
    variesNetwork = Set(results.summaries.map(\.network)).count > 1
    variesBudget = Set(results.summaries.map(\.budget)).count > 1
    variesSamples = Set(results.summaries.map(\.samples)).count > 1
    variesSteps = Set(results.summaries.map(\.steps)).count > 1
  }

  // MARK: Charts

  /// The value axis of all charts of a group.
  private func axis(_ group: Group) -> PlotAxis {
    PlotAxis(
      linear: group.rows.flatMap { row in
        [row.mean.value, row.mean.low, row.mean.high, row.ceiling].compactMap { $0 }
      }, withZero: false)
  }

  /// The ceilings of rows, by position on the horizontal axis.
  private func ceilings(_ rows: [Summary]) -> [Series.Point] {
    var points: [Double: Double] = [:]
    for row in rows { if let x = abscissa.value(of: row), let ceiling = row.ceiling { points[x] = ceiling } }
    return points.sorted { $0.key < $1.key }.map { Series.Point(x: $0.key, y: $0.value) }
  }

  private func lines(_ group: Group) -> HTML {
    let places = group.rows.compactMap(abscissa.value).filter { $0 > 0 }
    guard Set(places).count > 1 else { return .empty }
    let x = PlotAxis(logarithmic: places, ticks: Set(places).sorted())
    var series = group.names.enumerated().map { index, name in
      // Side by side, so that intervals do not hide each other.
      let shift = 1 + 0.03 * (Double(index) - Double(group.names.count - 1) / 2) / Double(max(1, group.names.count - 1))
      let points = group.rows.filter { self.name(of: $0) == name }.compactMap { row in
        abscissa.value(of: row).map { place in
          Series.Point(
            x: place * shift, y: row.mean.value, low: row.mean.low, high: row.mean.high,
            text: "\(name), \(significant(place)) \(abscissa.name): \(text(row.mean))")
        }
      }
      return Series(
        name: name, drawing: .intervals, style: SeriesStyle(index), points: points.sorted { $0.x < $1.x })
    }
    let ceilings = ceilings(group.rows)
    if let first = ceilings.first, let last = ceilings.last {
      let ends = [
        Series.Point(x: x.range.lowerBound, y: first.y), Series.Point(x: x.range.upperBound, y: last.y),
      ]
      series.append(
        Series(
          name: "ceiling", drawing: .reference, style: SeriesStyle(6),
          points: [ends[0]] + ceilings + [ends[1]]))
    }
    return Chart(
      "\(group.metric) by \(abscissa.name)", remark: "means over seeds, with intervals",
      xLabel: abscissa.name, yLabel: group.metric, x: x, y: axis(group), series: series
    ).html
  }

  private func dotPlots(_ group: Group) -> [HTML] {
    let places = Set(group.rows.map(abscissa.value)).sorted { $0 ?? 0 < $1 ?? 0 }
    return places.map { place in
      let rows = group.rows.filter { abscissa.value(of: $0) == place }
      let title = place.map { "\(significant($0)) \(abscissa.name)" } ?? "all methods"
      return DotPlot(
        title: "\(group.metric), \(title)", label: group.metric, axis: axis(group),
        rows: rows.map { row in
          let name = name(of: row)
          return DotPlot.Row(
            name: name, value: row.mean.value, low: row.mean.low, high: row.mean.high,
            style: SeriesStyle(group.names.firstIndex(of: name) ?? 0))
        },
        reference: rows.compactMap(\.ceiling).first.map { ("ceiling", $0) }
      ).html
    }
  }

  // MARK: The table

  private func table(_ group: Group) -> HTML {
    let hasDifferences = group.rows.contains { $0.difference != nil }
    let header =
      ["method", "training samples"] + (variesSteps ? ["steps"] : []) + ["seeds", group.metric, "interval"]
      + (hasDifferences ? ["difference", "interval", "from"] : []) + ["ceiling"]
    let rows = group.rows.map { row in
      var cells = [name(of: row), row.samples.map(significant) ?? ""]
      if variesSteps { cells.append(row.steps.map(significant) ?? "") }
      cells += [row.seeds.map(significant) ?? "", significant(row.mean.value), interval(row.mean)]
      if hasDifferences {
        cells += [
          row.difference.map { significant($0.value) } ?? "", row.difference.map(interval) ?? "", row.baseline,
        ]
      }
      return cells + [row.ceiling.map(significant) ?? ""]
    }
    return .table(header, rows)
  }

  private func text(_ estimate: ExperimentResults.Estimate) -> String {
    let interval = interval(estimate)
    return significant(estimate.value) + (interval.isEmpty ? "" : " (\(interval))")
  }

  private func interval(_ estimate: ExperimentResults.Estimate) -> String {
    guard let low = estimate.low, let high = estimate.high else { return "" }
    return "\(significant(low)) to \(significant(high))"
  }
}
