import ArgumentParser
import Backdrop
import GaussianField
import TextureStream

/// The training and validation samples, and their augmentation.
struct SampleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Separate validation data: shard, index, folder of shards, or recipe (.yaml). (default: a part of the training data)",
      valueName: "data"))
  var validationData: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fraction of each class to hold out for validation. (default: \(TrainingDefaults.validationFraction))",
      valueName: "fraction"))
  var validationFraction: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the choice of validation samples. (default: 0)", valueName: "seed"),
    transform: OptionRange.jsonSeed)
  var splitSeed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of samples of the training part to train on, the first of each class in equal numbers. (default: all)",
      valueName: "samples"),
    transform: OptionRange.samples)
  var trainCount: Int?

  @Flag(inversion: .prefixedNo, help: "Flip textures at random. (default: unless their covariance is tilted)")
  var flip: Bool?

  @Flag(
    inversion: .prefixedNo,
    help: "Rotate textures by a random number of quarter turns. (default: if they are square and isotropic)")
  var turn: Bool?

  @Flag(
    inversion: .prefixedNo,
    help: "Shift textures cyclically to start at a random pixel. (default: if they are periodic)")
  var roll: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Crop each texture to a random square with this many pixels per side; the network takes squares of that size.",
      valueName: "pixels"),
    transform: OptionRange.crop)
  var crop: Int?

  mutating func validate() throws {
    guard validationData != nil else { return }
    for (name, isGiven) in [("validation-fraction", validationFraction != nil), ("split-seed", splitSeed != nil)]
    where isGiven {
      throw ValidationError(
        "--\(name) holds out a part of the training data, and --validation-data replaces it; give one of them.")
    }
  }

  /// The requested augmentation; by default, all that preserves the statistics of the field.
  func augmentation(keeping field: FieldModel) -> Augmentation {
    let all = Augmentation.all(keeping: field)
    return Augmentation(crop: crop, flip: flip ?? all.flip, turn: turn ?? all.turn, roll: roll ?? all.roll)
  }
}
