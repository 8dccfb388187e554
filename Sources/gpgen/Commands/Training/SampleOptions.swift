import ArgumentParser
import Backdrop
import TextureStream

/// The options that decide which samples are learned from, and how they are changed.
struct SampleOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The part of each class that is set aside for validation.", valueName: "fraction"))
  var validationFraction = TrainingDefaults.validationFraction

  @Option(parsing: .unconditional, help: "Another division into the parts for each.")
  var splitSeed: UInt64 = 0

  @Flag(help: "Mirror textures at random.")
  var flip = false

  @Flag(help: "Turn textures by a random number of quarter turns.")
  var turn = false

  @Flag(help: "Begin periodic textures at a random pixel.")
  var roll = false

  @Option(parsing: .unconditional, help: ArgumentHelp("A random window of so many pixels.", valueName: "pixels"))
  var crop: Int?

  var augmentation: Augmentation { Augmentation(crop: crop, flip: flip, turn: turn, roll: roll) }
}
