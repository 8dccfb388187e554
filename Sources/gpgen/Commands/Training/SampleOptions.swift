import ArgumentParser
import Backdrop
import TextureStream

/// The options that decide which samples are learned from, and how they are changed.
struct SampleOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Fraction of each class that is held out for validation.", valueName: "fraction"))
  var validationFraction = TrainingDefaults.validationFraction

  @Option(
    parsing: .unconditional, help: "Seed of the choice of validation samples. (default: 0)",
    transform: OptionRange.jsonSeed)
  var splitSeed: UInt64 = 0

  @Flag(inversion: .prefixedNo, help: "Mirror textures at random.")
  var flip = TrainingDefaults.augmentation.flip

  @Flag(inversion: .prefixedNo, help: "Turn textures by a random number of quarter turns.")
  var turn = TrainingDefaults.augmentation.turn

  @Flag(inversion: .prefixedNo, help: "Begin textures at a random pixel: periodic ones have no edge.")
  var roll = TrainingDefaults.augmentation.roll

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Crop each texture to a random square with this many pixels per side; the network is for squares of that size.",
      valueName: "pixels"),
    transform: OptionRange.crop)
  var crop: Int?

  var augmentation: Augmentation { Augmentation(crop: crop, flip: flip, turn: turn, roll: roll) }
}
