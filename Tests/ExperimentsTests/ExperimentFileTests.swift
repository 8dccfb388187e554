import Backdrop
import Foundation
import Testing

@testable import Experiments

@Suite struct ExperimentFileTests {
  static let small = """
    recipe: {side: 16, length_scales: [[1, 2]], noise: 0.5}
    datasets:
      plain:
      noisy: {noise: 1}
    training_samples: [8, 12]
    test_samples: 10
    training: {depth: 2, channels: 4, batch: 4}
    methods:
      none: {}
      masks: {fine_mask: 0.5, batch: 2}
    seeds: 2
    steps: 3
    quick: {datasets: [noisy], seeds: [7], training_samples: 8}
    """

  static func experiment(_ yaml: String = small, isQuick: Bool = false) throws -> Experiment {
    try Experiment(yaml: yaml, file: "small.yaml", name: "small", isQuick: isQuick)
  }

  @Test func cellsAreAllCombinations() throws {
    let experiment = try Self.experiment()
    #expect(experiment.datasets.map(\.name) == ["plain", "noisy"] && experiment.baseline == "none")
    #expect(experiment.datasets.map(\.recipe.field.noise) == [0.5, 1])
    let paths = experiment.cells.map { experiment.path(of: $0) }
    #expect(paths.count == 16 && Set(paths).count == 16)
    #expect(paths[0] == "cells/plain/reference/none/8-samples/3-steps/seed-0")
    #expect(paths[15] == "cells/noisy/reference/masks/12-samples/3-steps/seed-1")
    let quick = try Self.experiment(isQuick: true)
    #expect(quick.isQuick)
    #expect(
      quick.cells.map { quick.path(of: $0) } == [
        "cells/noisy/reference/none/8-samples/3-steps/seed-7", "cells/noisy/reference/masks/8-samples/3-steps/seed-7",
      ])
  }

  /// Quotation marks, & and * within words are text.
  @Test(arguments: [
    ("title: The paper's textures, R&D, 2*2", "The paper's textures, R&D, 2*2"),
    ("title: '& it''s # 1'", "& it's # 1"), ("title: rock 'n' roll # & more", "rock 'n' roll"),
  ])
  func titleIsPlainText(line: String, title: String) throws {
    #expect(try Self.experiment(line + "\n" + Self.small).title == title)
  }

  @Test func methodSettingsOverrideCommonOnes() throws {
    let experiment = try Self.experiment()
    let cells = experiment.cells
    let none = try experiment.configuration(of: cells[0], learningRate: nil)
    let masks = try experiment.configuration(of: try #require(cells.first { $0.method == 1 }), learningRate: 0.25)
    #expect(none.batchSize == 4 && masks.batchSize == 2)
    // 3 steps are 2 epochs of 2, and 1 of 4.
    #expect(none.epochs == 2 && masks.epochs == 1)
    #expect(none.learningRate == TrainingDefaults.learningRate && masks.learningRate == 0.25)
    #expect(none.validationFraction == 0 && none.augmentation == .init())
    func masksOf(_ configuration: TrainingConfiguration) -> [String] {
      configuration.network.yaml.matches(of: #/backdrop: \{probability: ([\d.]+)/#).map { String($0.1) }
    }
    #expect(masksOf(none) == ["0", "0"] && masksOf(masks) == ["0.5", "0"])
  }

  @Test func gridsAreMethods() throws {
    let yaml = Self.small.replacing(
      "seeds: 2", with: "grid: {fine_mask: [0, 0.5], coarse_mask: [0.25, 0.75]}\nseeds: 2")
    #expect(
      try Self.experiment(yaml).methods == [
        "none", "masks", "fine_mask-0_coarse_mask-0.25", "fine_mask-0_coarse_mask-0.75",
        "fine_mask-0.5_coarse_mask-0.25", "fine_mask-0.5_coarse_mask-0.75",
      ])
  }

  @Test func cheaperMethodsGetMoreStepsAtEqualCost() throws {
    let yaml = Self.small.replacing(
      "steps: 3", with: "steps: [3, 30]\nbudgets: [steps, cost]\ncosts: {none: 2, masks: 0.5}")
    let experiment = try Self.experiment(yaml)
    let steps = experiment.cells.filter { $0.method == 1 && $0.seed == 0 && $0.samples == 8 && $0.dataset == 0 }.map {
      experiment.trainedSteps(of: $0)
    }
    #expect(steps == [3, 30, 12, 120])
  }

  @Test(arguments: [
    ("seeds: 2", "seeds: 0", "small.yaml:11: `seeds`: found \"0\", expected a number of seeds"),
    ("seeds: 2", "seed: 2", "small.yaml:11: \"seed\" is not a key of an experiment"),
    ("{}", "{fine_mask: 2}", "small.yaml:9: `fine_mask`: found \"2\", expected a probability"),
    ("{}", "{finemask: 1}", "is not a key of a training"), ("none: {}", "../up: {}", "found the name \"../up\""),
    ("steps: 3", "baseline: more\nsteps: 3", "`baseline`: found \"more\", expected the name of a method"),
    ("test_samples: 10", "", "found no `test_samples`, expected a whole number"),
    ("[8, 12]", "[8, 8]", "`training_samples`: found \"8\""), ("[[1, 2]]", "[[1]]", "one class"),
    ("none: {}", "none: {depth: 9, kernel: 2}", "dataset plain, network reference, method none: "),
    ("datasets: [noisy]", "datasets: [other]", "`datasets`: found \"other\", expected a list of names"),
    ("datasets: [noisy]", "title: x", "is not a key of `quick`"),
    ("seeds: 2", "seeds: 2\ncosts: {other: 1}", "is not a key of `costs`"),
    ("noise: 0.5", "noise: -1", "`noise`: found"),
  ])
  func invalidDescriptionsAreRefused(old: String, new: String, message: String) throws {
    let error = try #require(throws: ExperimentError.self) {
      try Self.experiment(Self.small.replacing(old, with: new), isQuick: new.contains("other]") || new == "title: x")
    }
    #expect(error.code == .invalidDescription && error.message.contains(message), "\(error)")
  }

  @Test func committedExperimentsAreValid() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../experiments").standardized
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    #expect(files.count >= 6)
    for file in files {
      let yaml = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      let experiment = try Experiment(yaml: yaml, file: file, name: file)
      #expect(!experiment.cells.isEmpty)
      if yaml.contains("\nquick:") {
        let quick = try Experiment(yaml: yaml, file: file, name: file, isQuick: true)
        #expect(quick.cells.count < experiment.cells.count)
      }
    }
  }
}
