import ArgumentParser
import Backdrop
import GaussianField
import TextureStream

/// Which samples a network is trained on, and their augmentation.
struct SampleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Validate on a dataset of its own: a shard, an index, a folder of shards, or a recipe (.yaml). (default: a part of the training data)",
      valueName: "file"))
  var validationData: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fraction of each class that is held out for validation. (default: \(TrainingDefaults.validationFraction))",
      valueName: "fraction"))
  var validationFraction: Double?

  @Option(
    parsing: .unconditional, help: "Seed of the choice of validation samples. (default: 0)",
    transform: OptionRange.jsonSeed)
  var splitSeed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Train on this many samples of the training part: the first of each class, in equal numbers. (default: all)",
      valueName: "samples"),
    transform: OptionRange.samples)
  var trainCount: Int?

  @Flag(inversion: .prefixedNo, help: "Mirror textures at random. (default: unless their covariance is tilted)")
  var flip: Bool?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Turn textures by a random number of quarter turns. (default: if they are square and their covariance is isotropic)"
  )
  var turn: Bool?

  @Flag(inversion: .prefixedNo, help: "Begin textures at a random pixel. (default: if they are periodic)")
  var roll: Bool?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Crop each texture to a random square with this many pixels per side; the network is for squares of that size.",
      valueName: "pixels"),
    transform: OptionRange.crop)
  var crop: Int?

  mutating func validate() throws {
    guard validationData != nil else { return }
    for (name, isGiven) in [("validation-fraction", validationFraction != nil), ("split-seed", splitSeed != nil)]
    where isGiven {
      throw ValidationError(
        "--\(name) sets a part of the training data aside, and --validation-data takes its place; give one of them.")
    }
  }

  /// The changes asked for; what is not said is done where it keeps the field's statistics.
  func augmentation(keeping field: FieldModel) -> Augmentation {
    let all = Augmentation.all(keeping: field)
    return Augmentation(crop: crop, flip: flip ?? all.flip, turn: turn ?? all.turn, roll: roll ?? all.roll)
  }
}
