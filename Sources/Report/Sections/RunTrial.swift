import Backdrop
import TextureDataset
import TextureStream

/// A run's network applied to its own dataset: what only both together can show.
struct RunTrial: Sendable {
  /// A sample that is predicted to be of another class.
  struct Mistake: Sendable {
    let sample: Int
    let truth: String
    let predicted: String
    /// Nil where the report has no room for pictures.
    let picture: SamplePicture?
  }

  /// Which of the run's weights were taken.
  let weights: TrainedRun.Weights
  /// The part of the dataset.
  let split: Split?
  let scores: Scores
  let evaluation: Evaluation
  /// The number of samples that are predicted wrongly.
  let mistakeCount: Int
  let mistakes: [Mistake]
  let footprint: Footprint
  /// The footprint's PNG.
  let footprintPicture: [UInt8]

  private static let maximumMistakes = 12
  /// Of each panel of the footprint, in pixels.
  private static let footprintSide = 320

  /// Evaluates the network.
  ///
  /// - Parameters:
  ///   - results: the run; it has weights.
  ///   - weights: which of them to take.
  ///   - dataset: the run's own.
  ///   - room: for pictures.
  ///   - report: called with the number of samples done and the total number.
  /// - Throws: ``BackdropError`` or ``DatasetError``.
  init(
    _ results: RunResults, weights: TrainedRun.Weights, on dataset: DatasetReader, room: PictureRoom, threads: Int,
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
    let side = room.side(pictures: shown.count, of: dataset.recipe.field.shape)
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
      title: "class \(footprint.classIndex) (\(record.dataset.classNames[footprint.classIndex])), sample \(footprint.sample)")
  }

  /// Which of a run's weights are there: those after the last epoch, or of the last checkpoint.
  static func weights(of results: RunResults) -> TrainedRun.Weights? {
    [.final, .last].first { TrainedRun.has($0, inFolder: results.path) }
  }
}
