import Backdrop
import Foundation
import GaussianField
import TextureDataset
import Testing

@testable import Report

@Suite struct HTMLReportTests {
  private let folder: ReportFolder

  init() throws { folder = try ReportFolder() }

  /// Checks that the page needs no other file and runs no scripts.
  private func checkIsSelfContained(_ page: Page, _ text: String) {
    for element in page.elements {
      #expect(!["script", "link", "iframe", "object", "embed", "base"].contains(element.name))
      for (name, value) in element.attributes {
        #expect(!name.hasPrefix("on"))
        if ["src", "href"].contains(name) {
          #expect(value.hasPrefix("data:image/png;base64,") || value.hasPrefix("#"))
        }
      }
    }
    #expect(!text.contains("http:") && !text.contains("https:") && !text.contains("url(h"))
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in page.elements {
      if let target = element.attributes["href"], target.hasPrefix("#") {
        #expect(ids.contains(String(target.dropFirst())))
      }
    }
  }

  @Test func runAndItsDatasetAreShown() async throws {
    try folder.make(.small())
    try await folder.train()
    let text = try await folder.report("data.h5", "run")
    let page = try Page(text)
    checkIsSelfContained(page, text)
    // Each part has a point for each epoch.
    for chart in ["Loss", "Accuracy of each scale"] { #expect(page.points(ofChart: chart) == [3, 3]) }
    #expect(page.points(ofChart: "Accuracy:") == [3, 3, 0])
    // The measured series has lags 0 to 8; the band has no markers.
    for name in ["1-3", "1.5-3", "1-4", "1.5-4"] { #expect(page.points(ofChart: "\(name): covariance") == [0, 9]) }
    // Three pictures of each of four classes, the wrong predictions, and the footprint.
    let evaluation = try #require(try RunResults(folder("run")).evaluation)
    let wrong = evaluation.samples - (evaluation.confusion ?? []).enumerated().reduce(0) { $0 + $1.element[$1.offset] }
    #expect(page.elements.count { $0.name == "image" } == 12 + min(12, wrong))
    #expect(page.elements.count { $0.name == "img" } == 1)
    #expect(page.elements.count { $0.attributes["class"] == "heat data" } == 16)
    #expect(text.contains("\(wrong) of \(evaluation.samples) samples in the validation part"))
    #expect(text.contains("ROC curves, each class against all others, validation part"))
    #expect(text.contains("40 of 40 samples"))
    #expect(try text.contains(Recipe.small().datasetHash))
    #expect(text.utf8.count < HTMLReport.maximumBytes)
  }

  @Test func runWithoutItsDatasetHasARemark() async throws {
    try folder.make(.small())
    try await folder.train("auc", outputs: 1, loss: .auc(.logistic))
    let text = try await folder.report("auc")
    #expect(text.contains("Add the run&#39;s dataset to the report&#39;s paths"))
    let page = try Page(text)
    #expect(page.points(ofChart: "Area under the ROC curve") == [3, 3])
    #expect(page.elements.count { $0.attributes["class"] == "heat data" } == 4)
    // An unfinished run, then one before its first epoch.
    try FileManager.default.removeItem(atPath: folder("auc/evaluation.json"))
    #expect(try await folder.report("auc").contains("The training is not finished: 3 of 3 epochs are complete"))
    try FileManager.default.removeItem(atPath: folder("auc/metrics.jsonl"))
    #expect(try await folder.report("auc").contains("No epoch is complete yet."))
    // Without final weights, those of the last checkpoint are used.
    try FileManager.default.removeItem(atPath: folder("auc/weights.safetensors"))
    #expect(try await folder.report("data.h5", "auc").contains("With the weights of the last checkpoint"))
  }

  @Test func regressionHasACurveForEachTarget() async throws {
    let family = try #require(CovarianceFamily.named("squared_exponential"))
    let covariance = try CovarianceModel(family: family, ["length_scale": .logUniform(1...4)])
    let field = try FieldModel(
      shape: .image(height: 16, width: 16), scales: [Scale(weight: 1, candidates: [covariance])])
    try folder.make(try Recipe(field: field, seed: 3, samples: 40))
    try await folder.train("mse", outputs: 1, loss: .meanSquaredError)
    let text = try await folder.report("data.h5", "mse")
    #expect(try Page(text).points(ofChart: "R² of length_scale:0").prefix(2) == [3, 3])
    #expect(text.contains("root mean squared error"))
    // A point for each sample of the validation part.
    let validated = try RunResults(folder("mse")).record.dataset.validationSamples
    #expect(try Page(text).points(ofChart: "Predictions of length_scale:0, validation part") == [validated, 0])
  }

  @Test func standardizedAndThresholdedTexturesHaveNoClosedForm() async throws {
    try folder.make(
      try Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], standardize: true, seed: 7, samples: 4))
    let text = try await folder.report("data.h5")
    #expect(text.contains("Covariances were not measured: the textures are standardized"))
    #expect(
      text.contains("standardized textures have no closed form") && !text.contains("Gaussian density of the recipe"))
    _ = try Page(text)
  }

  /// Fields that are not square or not Gaussian, or that have more classes than a report shows.
  @Test(arguments: [
    "shape: [64]\nlength_scales: [[2, 5]]\nweights: [1]\nsamples: 4\n",
    "shape: [8, 8, 8]\nlength_scales: [[1, 2]]\nweights: [1]\ntransform: lognormal\nsamples: 4\n",
    "shape: [24, 37]\nlength_scales: [[1, 2]]\nweights: [1]\nboundary: open\nnoise: 0.2\ndtype: float16\nsamples: 4\n",
    "side: 16\nlength_scales: [[1, 2]]\nweights: [1]\ntransform: {threshold: 0.5}\nsamples: 4\n",
    "side: 16\nlength_scales: [[1, 2, 3, 4, 5], [6, 7, 8, 9]]\nweights: [1, 1]\nsamples: 40\n",
  ])
  func anyDatasetIsShown(yaml: String) async throws {
    let recipe = try Recipe(yaml: yaml, file: "recipe.yaml")
    try folder.make(recipe)
    let text = try await folder.report("data.h5")
    let page = try Page(text)
    checkIsSelfContained(page, text)
    let shown = min(16, recipe.classCount)
    #expect(page.elements.count { $0.name == "image" } == 2 * shown)
    if recipe.classCount > shown {
      #expect(text.contains("The first 16 of 20 classes.") && text.contains("4 more classes are not shown"))
      #expect(text.contains("Measured on 32 of 40 samples"))
    }
    if case .threshold = recipe.field.transform {
      #expect(text.contains("Covariances were not measured: the textures are thresholded"))
    } else {
      #expect(page.elements.count { $0.attributes["aria-label"]?.contains(": covariance:") == true } == shown)
      #expect(text.contains(#"aria-label="Histogram"#))
    }
  }

  /// The bars of the histogram and the density both have area 1.
  @Test func histogramIsADensity() throws {
    try folder.make(.small())
    let chart = try #require(
      try PixelHistogram(DatasetReader(folder("data.h5")), shouldContinue: { true })
    ).chart
    for series in chart.series {
      let area = zip(series.points, series.points.dropFirst()).reduce(0) { $0 + $1.0.y * ($1.1.x - $1.0.x) }
      #expect(abs(area - 1) < 0.005, "\(series.name)")
    }
    // 40 textures of 16 x 16 pixels have some hundred independent values: 6 standard errors of the peak.
    let peak = try #require(chart.series[1].points.map(\.y).max())
    #expect(abs((chart.series[0].points.map(\.y).max() ?? 0) - peak) < 0.25 * peak)
  }

  @Test func hostileNamesAreText() async throws {
    let name = "<script>alert(1)<\u{2215}script>\" onload='x' ]]>.h5"
    try folder.make(.small(), name)
    let text = try await folder.report(name)
    checkIsSelfContained(try Page(text), text)
    #expect(!text.contains("<script") && !text.contains("]]>") && text.contains("&lt;script&gt;alert(1)"))
  }
}
