import Foundation
import TextureDataset

/// Finds a recipe with a given ceiling, the accuracy of the best possible classifier, by bisection with the same random
/// numbers at every step.
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
    /// The oracle's result on its samples.
    public let report: OracleReport
  }

  /// The ratio of bracketing settings at which the search ends.
  private static let resolution = 1.0005
  /// The ratio of successive settings until two of them bracket the target.
  private static let stride = 4.0

  /// - Parameters:
  ///   - recipe: the initial recipe.
  ///   - dial: the property to vary.
  ///   - target: the accuracy to reach.
  ///   - samples: the number of textures with which each setting is evaluated.
  ///   - options: the options of the oracle.
  /// - Throws: ``StreamError`` with code `.invalidOptions` if the recipe has one class, or nothing to vary.
  public init(
    _ recipe: Recipe, varying dial: CeilingDial, target: Double, samples: Int, options: Oracle.Options = .init()
  ) throws(StreamError) {
    guard recipe.classCount > 1 else {
      throw StreamError(.invalidOptions, "the recipe has 1 class, so every answer is right; expected at least 2")
    }
    self.recipe = recipe
    self.dial = dial
    self.target = target
    self.samples = samples
    self.options = options
    _ = try dial.easiest(recipe)
  }

  /// Searches for the recipe. Blocks.
  ///
  /// - Parameters:
  ///   - shouldContinue: called often, on any thread; `false` stops the search.
  ///   - report: called with the description of a setting and the number of its samples done, on any thread.
  /// - Returns: the recipe and its ceiling; nil if stopped.
  /// - Throws: ``StreamError``; with code `.invalidOptions` if the target cannot be reached; the message gives the
  ///   range that can.
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
      // Closer than a quarter of the standard error.
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
