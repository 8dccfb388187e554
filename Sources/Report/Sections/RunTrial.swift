import Backdrop
import TextureDataset
import TextureStream

/// The results of applying a run's network to its own dataset.
struct RunTrial: Sendable {
  /// A sample that is classified wrongly.
  struct Mistake: Sendable {
    let sample: Int
    let truth: String
    let predicted: String
    /// Nil if the picture would be too small.
    let picture: SamplePicture?
  }

  /// The run's weights that were used.
  let weights: TrainedRun.Weights
  /// The part of the dataset.
  let split: Split?
  let scores: Scores
  let evaluation: Evaluation
  /// The number of samples that are classified wrongly.
  let mistakeCount: Int
  let mistakes: [Mistake]
  let footprint: Footprint
  /// The footprint's PNG.
  let footprintPicture: [UInt8]

  private static let maximumMistakes = 12
  /// The maximum side of each panel of the footprint, in pixels.
  private static let footprintSide = 320

  /// Evaluates the network.
  ///
  /// - Parameters:
  ///   - results: the run, which has weights.
  ///   - weights: the weights to use.
  ///   - dataset: the run's dataset.
  ///   - budget: the budget for pictures.
  ///   - threads: the number of threads.
  ///   - shouldContinue: called often, on any thread; false stops the work.
  ///   - report: called with the number of finished samples and the total.
  /// - Throws: ``BackdropError`` or ``DatasetError``, with code `.interrupted` if `shouldContinue` returned false.
  init(
    _ results: RunResults, weights: TrainedRun.Weights, on dataset: DatasetReader, budget: PictureBudget, threads: Int,
    shouldContinue: @escaping @Sendable () -> Bool, report: @escaping @Sendable (Int, Int) -> Void
  ) async throws {
    self.weights = weights
    let run = try TrainedRun(results.path, weights: weights)
    let predictor = try Predictor(run, threads: threads)
    let source = try SampleSource(dataset)
    split = run.defaultSplit(for: source)
    let scores = try await predictor.scores(
      of: source, split: split, shouldStop: { !shouldContinue() }, report: { report($0, $1) })
    self.scores = scores
    evaluation = Evaluation(scores, of: run.record, on: source, split: split)
    let record = run.record
    let isBinary = record.training.loss.isBinary
    let wrong = scores.isRegression ? [] : scores.targets.indices.filter { scores.prediction($0) != scores.targets[$0] }
    mistakeCount = wrong.count
    let shown = wrong.prefix(Self.maximumMistakes)
    let side = budget.side(pictures: shown.count, of: dataset.recipe.field.shape)
    func name(_ target: Int) -> String {
      isBinary ? (target == 1 ? record.outputNames[0] : "rest") : record.dataset.classNames[target]
    }
    var mistakes: [Mistake] = []
    for place in shown {
      let sample = scores.samples[place]
      mistakes.append(
        Mistake(
          sample: sample,
          truth: isBinary ? record.dataset.classNames[scores.classes[place]] : name(scores.targets[place]),
          predicted: name(scores.prediction(place)),
          picture: try side.map { side throws(DatasetError) in try SamplePicture(sample, of: dataset, side: side) }))
    }
    self.mistakes = mistakes
    footprint = try await predictor.footprint(of: scores.samples.first ?? source.samples.lowerBound, in: source)
    footprintPicture = try footprint.picture(
      side: Self.footprintSide,
      title:
        "class \(footprint.classIndex) (\(record.dataset.classNames[footprint.classIndex])), sample \(footprint.sample)"
    )
  }

  /// The best available weights of a run: the final ones, or those of the last checkpoint; nil if it has none.
  static func weights(of results: RunResults) -> TrainedRun.Weights? {
    [.final, .last].first { TrainedRun.has($0, inFolder: results.path) }
  }
}
