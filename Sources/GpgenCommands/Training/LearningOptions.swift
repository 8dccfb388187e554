import ArgumentParser
import Backdrop

/// The names of update rules.
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

/// The names of schedules.
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
  /// Creates a loss from its name.
  public init?(argument: String) { self.init(name: argument) }
  /// The names of all losses.
  public static var allValueStrings: [String] { all.map(\.name) }
  /// The name of the loss.
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
  /// Creates a target from its name, such as "length_scale:0".
  public init?(argument: String) { self.init(argument) }
}

/// The loss and its labels.
struct LossOptions: ParsableArguments {
  @Option(
    help:
      "Loss to minimise. binary-cross-entropy, auc, auc-squared-hinge and f1 separate --positive-classes from the others with one output; mse predicts --target."
  )
  var loss: Loss = .crossEntropy

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Indices of the positive classes; `gpgen inspect` lists all classes.", valueName: "i,i"))
  var positiveClasses: ClassList?

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp(
      "Label to predict with --loss mse: a covariance parameter and the index of its scale, as in length_scale:0; may be repeated.",
      valueName: "parameter:scale"))
  var targets: [RegressionTarget] = []

  @Option(
    help: ArgumentHelp(
      "Train against the class probabilities in this file, written by `gpgen oracle --out`, instead of the classes. (default: with --resume, the file of the run)",
      valueName: "file"))
  var softLabels: String?

  mutating func validate() throws {
    if loss.isBinary, positiveClasses == nil {
      throw ValidationError(
        "--loss \(loss.name) separates positive classes from the others; name them with --positive-classes.")
    }
    if loss.isRegression == targets.isEmpty {
      throw ValidationError(
        targets.isEmpty
          ? "--loss mse predicts continuous labels; name at least one with --target, as in --target length_scale:0."
          : "--target names a continuous label; it needs --loss mse.")
    }
    if softLabels != nil, loss != .crossEntropy {
      throw ValidationError("--soft-labels contains class probabilities; it needs --loss cross-entropy.")
    }
  }
}

/// The optimizer and its schedule.
struct LearningOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability of blocking the gradient of a sample; the loss includes all samples. (default: 0)",
      valueName: "probability"), transform: OptionRange.probability)
  var batchMask: Double?

  @Option(help: "Update rule.")
  var optimizer = OptimizerName(of: TrainingDefaults.optimizer)

  @Option(
    name: [.customLong("learning-rate"), .customLong("lr")], parsing: .unconditional,
    help: ArgumentHelp("Learning rate. (default: \(TrainingDefaults.learningRate))", valueName: "rate"))
  var givenLearningRate: Double?

  /// The name of `--learning-rate` in earlier versions.
  @Option(name: .customLong("rate"), parsing: .unconditional, help: .hidden)
  var formerRate: Double?

  var learningRate: Double { givenLearningRate ?? formerRate ?? TrainingDefaults.learningRate }

  @Option(parsing: .unconditional, help: "Momentum of sgd. (default: \(TrainingDefaults.momentum))")
  var momentum: Double?

  @Flag(help: "Use Nesterov momentum with sgd.")
  var nesterov = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weight decay, as in PyTorch: added to the gradient, or with adamw applied to the weights.", valueName: "factor"))
  var weightDecay = TrainingDefaults.weightDecay

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Maximum norm of the gradient of all weights. (default: no limit)", valueName: "norm"))
  var clip: Double?

  @Option(help: "Schedule of the learning rate.")
  var schedule = ScheduleName(of: TrainingDefaults.schedule)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of steps over which the learning rate rises at the start. (default: \(TrainingDefaults.schedule.warmUp))",
      valueName: "steps"),
    transform: OptionRange.steps)
  var warmUp = TrainingDefaults.schedule.warmUp

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of epochs between the steps of --schedule step. (default: \(TrainingDefaults.stepEvery))",
      valueName: "epochs"),
    transform: OptionRange.epochs)
  var stepEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Factor of the learning rate at each step of --schedule step. (default: \(TrainingDefaults.stepFactor))",
      valueName: "factor"
    ))
  var stepFactor: Double?

  @Option(
    parsing: .unconditional, help: "Number of passes through the training part. (default: \(TrainingDefaults.epochs))",
    transform: OptionRange.epochs)
  var epochs = TrainingDefaults.epochs

  @Option(
    parsing: .unconditional, help: "Number of textures per batch. (default: \(TrainingDefaults.batchSize))",
    transform: OptionRange.batch)
  var batch = TrainingDefaults.batchSize

  @Option(
    parsing: .unconditional,
    help: "Seed of the order, the masks, the augmentation and the initial weights. (default: 0)",
    transform: OptionRange.jsonSeed)
  var seed: UInt64 = 0

  mutating func validate() throws {
    if givenLearningRate != nil, formerRate != nil {
      throw ValidationError("--learning-rate and --rate are the same option; give one of them.")
    }
    if optimizer != .sgd, momentum != nil || nesterov {
      throw ValidationError("--momentum and --nesterov need --optimizer sgd.")
    }
    if schedule != .step, stepEvery != nil || stepFactor != nil {
      throw ValidationError("--step-every and --step-factor need --schedule step.")
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
