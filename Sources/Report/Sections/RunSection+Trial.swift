import Backdrop
import TextureDataset

/// The parts of the section that need the run's dataset.
extension RunSection {
  /// The maximum number of classes with individual ROC curves; otherwise only their mean is shown.
  private static let maximumCurves = 8

  /// ROC curves; empty without the dataset.
  var roc: HTML {
    guard let trial else { return .empty }
    let curves = ROCCurve.curves(of: trial.scores)
    let isBinary = curves.count == 1
    let names = isBinary ? ["ROC curve"] : results.record.dataset.classNames
    let known = zip(names, curves).compactMap { name, curve in curve.map { (name: name, curve: $0) } }
    guard !known.isEmpty else { return .empty }
    var series: [Series] = []
    if !isBinary {
      let rates = (0...100).map { Double($0) / 100 }
      let mean = rates.map { rate in
        let sum = known.reduce(0) { $0 + $1.curve.truePositiveRate(at: rate) }
        return Series.Point(x: rate, y: sum / Double(known.count))
      }
      let area = known.reduce(0) { $0 + $1.curve.area } / Double(known.count)
      series.append(
        Series(
          name: "mean of the classes, area \(significant(area))", drawing: .curve, style: SeriesStyle(0), points: mean))
    }
    if isBinary || known.count <= Self.maximumCurves {
      for (index, entry) in known.enumerated() {
        series.append(
          Series(
            name: "\(entry.name), area \(significant(entry.curve.area))", drawing: .curve,
            style: SeriesStyle(isBinary ? 0 : index + 1), points: Self.points(entry.curve)))
      }
    }
    series.append(
      Series(
        name: "chance", drawing: .reference, style: SeriesStyle(6),
        points: [Series.Point(x: 0, y: 0), Series.Point(x: 1, y: 1)]))
    let part = trial.split.map { "\($0.rawValue) part" } ?? "all samples"
    return Chart(
      isBinary ? "ROC curve, \(part)" : "ROC curves, each class against all others, \(part)",
      xLabel: "false positive rate", yLabel: "true positive rate", x: Self.fractions, y: Self.fractions, series: series
    ).html
  }

  /// At most about 200 points of a curve, including both ends.
  private static func points(_ curve: ROCCurve) -> [Series.Point] {
    let every = (curve.points.count + 199) / 200
    return curve.points.enumerated().filter { $0.offset % every == 0 || $0.offset == curve.points.count - 1 }.map {
      Series.Point(x: $0.element.falsePositiveRate, y: $0.element.truePositiveRate)
    }
  }

  /// The maximum number of samples in a scatter plot.
  private static let maximumScattered = 500

  /// Scatter plots of a regression's predictions against the labels; empty without the dataset.
  var predictions: [HTML] {
    guard let trial, trial.scores.isRegression, let targets = results.record.targetStandardization else { return [] }
    let scores = trial.scores
    let shown = min(scores.count, Self.maximumScattered)
    let part = trial.split.map { "\($0.rawValue) part" } ?? "all samples"
    let remark = shown < scores.count ? "the first \(shown) of \(counted(scores.count, "sample"))" : nil
    return targets.enumerated().map { index, target in
      let points = (0..<shown).map { place in
        let position = place * targets.count + index
        let prediction = target.mean + target.standardDeviation * Double(scores.outputs[position])
        return Series.Point(
          x: scores.labels[position], y: prediction,
          text: "sample \(scores.samples[place]): label \(significant(scores.labels[position])), predicted"
            + " \(significant(prediction))")
      }
      let labels = points.map(\.x)
      let ends = [labels.min() ?? 0, labels.max() ?? 1]
      return Chart(
        "Predictions of \(target.name), \(part)", remark: remark, xLabel: "label", yLabel: "prediction",
        x: PlotAxis(linear: labels, withZero: false), y: PlotAxis(linear: points.map(\.y) + labels, withZero: false),
        series: [
          Series(name: "samples", drawing: .markers, style: SeriesStyle(1), points: points),
          Series(
            name: "prediction equals label", drawing: .reference, style: SeriesStyle(6),
            points: ends.map { Series.Point(x: $0, y: $0) }),
        ]
      ).html
    }
  }

  /// The wrong predictions and the footprint.
  var samples: [HTML] {
    guard let trial else { return [] }
    let part = trial.split.map { "the \($0.rawValue) part" } ?? "the whole dataset"
    let weights = trial.weights == .final ? "the final weights" : "the weights of the last checkpoint"
    var pieces: [HTML] = []
    if !trial.scores.isRegression {
      pieces.append(.element("h3", [:], "Wrong predictions"))
      pieces.append(
        .paragraph(
          "With \(weights), \(trial.mistakeCount) of \(counted(trial.scores.count, "sample")) in \(part)"
            + " \(trial.mistakeCount == 1 ? "is" : "are") classified wrongly"
            + (trial.mistakeCount > trial.mistakes.count ? "; the first \(trial.mistakes.count) are shown." : ".")))
      let pictures = trial.mistakes.compactMap { mistake in
        mistake.picture.map { picture in
          HTML.texture(
            picture, "sample \(mistake.sample), classified wrongly",
            caption: ["sample \(mistake.sample)", "true \(mistake.truth)", "predicted \(mistake.predicted)"])
        }
      }
      if pictures.isEmpty, !trial.mistakes.isEmpty {
        pieces.append(
          .table(
            ["sample", "true class", "predicted class"],
            trial.mistakes.map { ["\($0.sample)", $0.truth, $0.predicted] }))
      } else if !pictures.isEmpty {
        pieces.append(.element("div", ["class": "pictures"], pictures))
      }
    }
    let footprint = trial.footprint
    let text =
      "Sample \(footprint.sample): the texture, and the magnitude of the loss gradient with respect to each pixel, on a"
      + " square-root scale. With the masks of the first step, \(percentage(footprint.nonzeroFraction)) of the pixels"
      + " contribute to the gradient."
    pieces += [
      .element("h3", [:], "Footprint"), .paragraph(text),
      .picture(trial.footprintPicture, "texture and gradient of sample \(footprint.sample)"),
    ]
    return pieces
  }
}
