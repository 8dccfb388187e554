import ArgumentParser
import Backdrop

/// Update rules by name.
enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
  case sgd, adam, adamw

  init(of rule: UpdateRule) {
    switch rule {
    case .sgd: self = .sgd
    case .adam: self = .adam
    case .adamW: self = .adamw
    }
  }
}

/// Schedules by name.
enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
  case constant, step, cosine

  init(of schedule: Schedule) {
    switch schedule.shape {
    case .constant: self = .constant
    case .step: self = .step
    case .cosine: self = .cosine
    }
  }
}

extension Loss: ExpressibleByArgument {
  /// By its name.
  public init?(argument: String) { self.init(name: argument) }
  /// All names.
  public static var allValueStrings: [String] { all.map(\.name) }
  /// Its name.
  public var defaultValueDescription: String { name }
}

/// A comma-separated list of class indices, as in `1,3`.
struct ClassList: ExpressibleByArgument {
  let classes: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    classes = parts.compactMap { Int($0) }
    guard classes.count == parts.count else { return nil }
  }
}

extension RegressionTarget: ExpressibleByArgument {
  /// By its name, such as "length_scale:0".
  public init?(argument: String) { self.init(argument) }
}

/// The loss, the optimizer and the course of a training.
struct LearningOptions: ParsableArguments {
  @Option(
    help:
      "Loss to minimise; binary-cross-entropy, auc, auc-squared-hinge and f1 separate --positive-classes from the rest with one output, mse predicts --target."
  )
  var loss: Loss = .crossEntropy

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Indices of the classes that are positive; `gpgen inspect` lists them.", valueName: "i,i"))
  var positiveClasses: ClassList?

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp(
      "With --loss mse, the label to predict: a covariance parameter and the index of its scale, as in length_scale:0. Repeat the option for several.",
      valueName: "parameter:scale"))
  var targets: [RegressionTarget] = []

  @Option(
    help: ArgumentHelp(
      "Compare the outputs with these probabilities of the classes, which `gpgen oracle --out` writes, in place of the classes. (default with --resume: the file of the run)",
      valueName: "posteriors.h5"))
  var softLabels: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability that a sample's gradient is blocked; the loss sees all samples. (default: none is)",
      valueName: "probability"), transform: OptionRange.probability)
  var batchMask: Double?

  @Option(help: "The update rule.")
  var optimizer = OptimizerName(of: TrainingDefaults.optimizer)

  @Option(
    name: [.customLong("learning-rate"), .customLong("lr")], parsing: .unconditional,
    help: ArgumentHelp("The learning rate. (default: \(TrainingDefaults.learningRate))", valueName: "rate"))
  var givenLearningRate: Double?

  /// The name of `--learning-rate` in earlier versions.
  @Option(name: .customLong("rate"), parsing: .unconditional, help: .hidden)
  var formerRate: Double?

  var learningRate: Double { givenLearningRate ?? formerRate ?? TrainingDefaults.learningRate }

  @Option(parsing: .unconditional, help: "Momentum of sgd; 0 for none. (default: \(TrainingDefaults.momentum))")
  var momentum: Double?

  @Flag(help: "Nesterov's momentum.")
  var nesterov = false

  @Option(parsing: .unconditional, help: "As PyTorch's: of the gradient, for adamw of the weights.")
  var weightDecay = TrainingDefaults.weightDecay

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Maximum norm of the gradient over all weights. (default: no limit)", valueName: "norm"))
  var clip: Double?

  @Option(help: "The learning rate over the epochs.")
  var schedule = ScheduleName(of: TrainingDefaults.schedule)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps over which the learning rate rises at first. (default: \(TrainingDefaults.schedule.warmUp))",
      valueName: "steps"),
    transform: OptionRange.steps)
  var warmUp = TrainingDefaults.schedule.warmUp

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs between the steps of --schedule step. (default: \(TrainingDefaults.stepEvery))", valueName: "epochs"),
    transform: OptionRange.epochs)
  var stepEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Factor of the learning rate at each of these steps. (default: \(TrainingDefaults.stepFactor))",
      valueName: "factor"
    ))
  var stepFactor: Double?

  @Option(
    parsing: .unconditional, help: "Passes through the training part. (default: \(TrainingDefaults.epochs))",
    transform: OptionRange.epochs)
  var epochs = TrainingDefaults.epochs

  @Option(
    parsing: .unconditional, help: "Textures in a batch. (default: \(TrainingDefaults.batchSize))",
    transform: OptionRange.batch)
  var batch = TrainingDefaults.batchSize

  @Option(
    parsing: .unconditional,
    help: "Seed of the order, the masks, the random changes and the initial weights. (default: 0)",
    transform: OptionRange.jsonSeed)
  var seed: UInt64 = 0

  mutating func validate() throws {
    if givenLearningRate != nil, formerRate != nil {
      throw ValidationError("--learning-rate and --rate are one option; give one of them.")
    }
    if optimizer != .sgd, momentum != nil || nesterov {
      throw ValidationError("--momentum and --nesterov need --optimizer sgd.")
    }
    if schedule != .step, stepEvery != nil || stepFactor != nil {
      throw ValidationError("--step-every and --step-factor need --schedule step.")
    }
    if loss.isBinary, positiveClasses == nil {
      throw ValidationError("--loss \(loss.name) tells some classes from the rest; name them with --positive-classes.")
    }
    if loss.isRegression == targets.isEmpty {
      throw ValidationError(
        targets.isEmpty
          ? "--loss mse predicts continuous labels; name at least one with --target, as in --target length_scale:0."
          : "--target names a continuous label; it needs --loss mse.")
    }
    if softLabels != nil, loss != .crossEntropy {
      throw ValidationError("--soft-labels has probabilities of the classes; it needs --loss cross-entropy.")
    }
  }

  var rule: UpdateRule {
    switch optimizer {
    case .sgd: .sgd(momentum: momentum ?? TrainingDefaults.momentum, nesterov: nesterov)
    case .adam: .adam()
    case .adamw: .adamW()
    }
  }

  var learningRateSchedule: Schedule {
    let shape: Schedule.Shape =
      switch schedule {
      case .constant: .constant
      case .step:
        .step(
          every: stepEvery ?? TrainingDefaults.stepEvery, factor: stepFactor ?? TrainingDefaults.stepFactor)
      case .cosine: .cosine
      }
    return Schedule(shape, warmUp: warmUp)
  }
}
