import ArgumentParser
import Backdrop
import GaussianField
import TextureDataset
import TextureStream

/// The ranges of all numeric options.
///
/// A number outside its range is refused, never clamped. Limits that depend on the recipe or the dataset, such as the
/// number of classes, are checked where these are known.
enum OptionRange {
  /// Parses an option's text, or throws a usage error, to which ArgumentParser adds the option and the text.
  typealias Parser<Number> = @Sendable (String) throws -> Number

  static let threads = within(TextureStream.Options.threadsRange)

  // Recipes
  static let side = within(FieldModel.sides)
  static let samples = within(Recipe.sampleRange)
  /// A seed that JSON represents exactly, for recipes and training configurations.
  static let jsonSeed = within(0...Recipe.maximumSeed)

  // Files
  static let shards = within(1...OutputNames.maximumShardCount)
  static let taskCounts = 1...OutputNames.maximumShardCount
  static let tasks = within(taskCounts)
  static let taskIndex = within(0...OutputNames.maximumShardCount - 1)

  /// Checks that a task's index is below the number of tasks, or that neither is given.
  static func checkTask(_ index: Int?, of count: Int?) throws(ValidationError) {
    switch (index, count) {
    case (nil, nil): break
    case (let index?, let count?):
      guard index < count else {
        throw ValidationError("--task-index \(index) --task-count \(count): expected an index from 0 to \(count - 1).")
      }
    default: throw ValidationError("--task-index and --task-count go together; give both.")
    }
  }

  // Samples
  /// A number of samples that may be 0, or a sample's index.
  static let sampleCount = within(0...Recipe.sampleRange.upperBound)
  static let seed = within(0...UInt64.max)
  static let activationMemory = within(TrainingConfiguration.activationMemoryRange)
  static let crop = within(1...FieldModel.sides.upperBound)
  static let batch = within(TextureStream.Options.batchSizeRange)
  static let epochs = within(TextureStream.Options.epochsRange)
  static let ranks = within(TextureStream.Options.ranksRange)
  static let rank = within(0...TextureStream.Options.ranksRange.upperBound - 1)

  // Training
  /// A step, or a number of steps that may be 0.
  static let steps = within(0...Int(UInt32.max))
  /// A number of steps of at least 1.
  static let stepCount = within(1...Int(UInt32.max))
  static let kernel = within(2...3)
  static let channels = within(1...65536)
  /// Outputs of a network.
  static let outputs = within(1...65536)
  /// A number of convolutions, or the position of one, from 1.
  static let convolutions = within(1...32)
  static let probability: Parser<Double> = { text in
    guard let number = Double(text), (0...1).contains(number) else {
      throw ValidationError("expected a number from 0 to 1")
    }
    return number
  }

  /// Elements of a sample's gradient.
  static let keptElements = within(1...1 << 48)
  static let keptRatio: Parser<Double> = { text in
    guard let number = Double(text), number > 0, number <= 1 else {
      throw ValidationError("expected a number above 0 and at most 1")
    }
    return number
  }

  private static func within<Number: FixedWidthInteger & LosslessStringConvertible & Sendable>(
    _ range: ClosedRange<Number>
  ) -> Parser<Number> {
    let (first, last) = (range.lowerBound, range.upperBound)
    let expected =
      last == first + 1 ? "expected \(first) or \(last)" : "expected a whole number from \(first) to \(last)"
    return { text in
      guard let number = Number(text), range.contains(number) else { throw ValidationError(expected) }
      return number
    }
  }
}
