import Foundation
import TextureDataset

/// Finds the recipe whose ceiling, the accuracy of the best possible classifier, is a given one: by bisection, with the same
/// random numbers at every step.
public struct CeilingSearch: Sendable {
  private let recipe: Recipe
  private let dial: CeilingDial
  private let target: Double
  private let samples: Int
  private let options: Oracle.Options

  /// A recipe and its ceiling.
  public struct Result: Sendable {
    /// The recipe.
    public let recipe: Recipe
    /// What the oracle reaches on its samples.
    public let report: OracleReport
  }

  /// The ratio of settings between which the search ends.
  private static let resolution = 1.0005
  /// The ratio from one setting to the next while the target is not yet between two.
  private static let stride = 4.0

  /// - Parameters:
  ///   - recipe: to begin with.
  ///   - dial: what is changed in it.
  ///   - target: the accuracy that the recipe is to have.
  ///   - samples: by how many of the recipe's textures each setting is judged.
  ///   - options: how they are classified.
  /// - Throws: ``StreamError`` with code `.invalidOptions` where the recipe has one class, or nothing to change.
  public init(
    _ recipe: Recipe, varying dial: CeilingDial, target: Double, samples: Int, options: Oracle.Options = .init()
  ) throws(StreamError) {
    guard recipe.classCount > 1 else {
      throw StreamError(.invalidOptions, "the recipe has 1 class, which is always right; expected at least 2")
    }
    self.recipe = recipe
    self.dial = dial
    self.target = target
    self.samples = samples
    self.options = options
    _ = try dial.easiest(recipe)
  }

  /// Searches. Blocks while it does.
  ///
  /// - Parameters:
  ///   - shouldContinue: asked often, on any thread; `false` stops.
  ///   - report: called with a setting in words and the number of its samples that are done, on any thread.
  /// - Returns: nil where it was stopped.
  /// - Throws: ``StreamError``; with code `.invalidOptions` where the target cannot be reached, with the range that can.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (String, Int) -> Void = { _, _ in }
  ) throws(StreamError) -> Result? {
    let chance = 1 / Double(recipe.classCount)
    func judge(_ recipe: Recipe, _ text: String) throws(StreamError) -> Result? {
      do {
        let source = try SampleSource(try recipe.with(samples: samples))
        let oracle = try Oracle(source, options: options, datasetHash: recipe.datasetHash)
        let found = try oracle.run(shouldContinue: shouldContinue, report: { report(text, $0) })
        return found.map { Result(recipe: recipe, report: $0) }
      } catch let error as StreamError {
        throw error
      } catch {
        throw StreamError(unreadable: error)
      }
    }
    let best = try dial.easiest(recipe)
    guard let top = try judge(best, "without \(dial == .noise ? "noise" : "change")") else { return nil }
    guard target > chance, target <= top.report.expectedAccuracy else {
      throw refusal(from: chance, to: top.report.expectedAccuracy)
    }
    var (low, high): (Double?, Double?) = (nil, nil)
    var closest = top
    var setting = dial.start(in: recipe)
    while true {
      guard let found = try judge(try dial.recipe(recipe, at: setting), dial.text(setting)) else { return nil }
      let distance = abs(found.report.expectedAccuracy - target)
      if distance < abs(closest.report.expectedAccuracy - target) { closest = found }
      // Closer than a quarter of what chance makes of it.
      if distance <= max(1e-12, found.report.expectedErrorStandardError / 4) { return found }
      if found.report.expectedAccuracy < target { low = setting } else { high = setting }
      switch (low, high) {
      case (let low?, let high?):
        if high / low < Self.resolution { return closest }
        setting = (low * high).squareRoot()
      case (let low?, nil):
        // The easiest recipe has reached the target.
        guard low < dial.range.upperBound else { return closest }
        setting = min(dial.range.upperBound, low * Self.stride)
      case (nil, _):
        guard setting > dial.range.lowerBound else {
          throw refusal(from: found.report.expectedAccuracy, to: top.report.expectedAccuracy)
        }
        setting = max(dial.range.lowerBound, setting / Self.stride)
      }
    }
  }

  private func refusal(from low: Double, to high: Double) -> StreamError {
    func percent(_ number: Double) -> String { String(format: "%.6g", number) }
    return StreamError(
      .invalidOptions,
      "an accuracy of \(percent(target)) cannot be reached by varying \(dial.rawValue): expected more than \(percent(low)), at"
        + " most \(percent(high))")
  }
}
