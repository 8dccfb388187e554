import Backdrop
import Foundation

/// Times training steps of the reference network on textures of noise, as planned or on whole maps, or its forward pass
/// with direct calls to oneDNN. Prints one line of JSON: milliseconds per image, and the peak memory of the process.
///
/// Arguments: side, batch, kernel, fine mask, coarse mask, axes ("sample,y,x" or "y,x"), what to time: "plan",
/// "whole" or "direct", and the memory for activations in MiB, 0 for the default. If the first argument is "costs", it
/// runs ``StepCosts`` instead.
@main
enum TrainingBenchmark {
  static func main() throws {
    var words = Array(CommandLine.arguments.dropFirst())
    if words.first == "costs" { return try costs(words.dropFirst().map { Int($0) ?? 0 }) }
    let defaults = ["1024", "4", "3", "0.85", "0.95", "sample,y,x", "plan", "0"]
    words += defaults.dropFirst(words.count)
    guard let side = Int(words[0]), let batch = Int(words[1]), let kernel = Int(words[2]), let fine = Double(words[3]),
      let coarse = Double(words[4]), ["plan", "whole", "direct"].contains(words[6]),
      let memory = Int(words[7])
    else {
      exitWithUsage()
    }
    let axes = Set(words[5].split(separator: ",").compactMap { Axis(rawValue: String($0)) })
    let network = try Network.reference(
      side: side, outputs: 4, kernel: kernel, fineMask: fine, coarseMask: coarse, maskAxes: axes)
    var times = Times(batch: batch)
    if words[6] == "direct" {
      let direct = try DirectForward(network, side: side, batch: batch)
      for _ in 0..<10 {
        let start = ContinuousClock.now
        direct.run()
        times.add("forward", from: start)
      }
    } else {
      try time(network, side, batch, words[6] == "plan" ? .fastest : .whole, memory == 0 ? 256 : memory, &times)
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print(
      "{\"side\": \(side), \"batch\": \(batch), \"kernel\": \(kernel), \"fine\": \(fine), \"coarse\": \(coarse),"
        + " \"axes\": \"\(words[5])\", \"way\": \"\(words[6])\", \(times.json), \"peak_bytes\": \(usage.ru_maxrss * 1024)}"
    )
  }

  /// - Parameter numbers: the numbers of rounds and threads, and the sparsity of tasks.
  private static func costs(_ numbers: [Int]) throws {
    guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { exitWithUsage() }
    let costs = StepCosts(rounds: numbers[0], threads: numbers[1])
    try costs.measureWays(sparsity: numbers[2])
    try costs.measurePasses(sparsity: numbers[2])
  }

  private static func exitWithUsage() -> Never {
    print("usage: TrainingBenchmark [side batch kernel fine coarse axes plan|whole|direct MiB]")
    print("       TrainingBenchmark costs rounds threads sparsity")
    exit(64)
  }

  private static func time(
    _ network: Network, _ side: Int, _ batch: Int, _ choice: PlanChoice, _ memory: Int, _ times: inout Times
  ) throws {
    let model = try Model(network, side: side, batchSize: batch, activationMemory: memory << 20)
    model.planChoice = choice
    let images = UnsafeMutableBufferPointer<Float>.allocate(capacity: batch * side * side)
    var state: UInt64 = 1
    for place in images.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      images[place] = Float(state >> 40) / Float(1 << 24) - 0.5
    }
    var weights = model.weights
    // Fewer steps for very large textures.
    for step in 0..<(batch * side * side > 1 << 26 ? 3 : 10) {
      let start = ContinuousClock.now
      var middle = start
      let gradients = try model.gradients(images.span, step: step) { outputs in
        middle = ContinuousClock.now
        return outputs.enumerated().map { $1 * Float($0 % 3 - 1) }
      }
      times.add("backward", from: middle)
      for place in weights.indices { weights[place] -= 1e-3 * gradients[place] }
      model.weights = weights
      times.add("step", from: start)
      let end = ContinuousClock.now
      _ = try model.predict(images.span)
      times.add("forward", from: end)
    }
  }
}

/// Medians of times, without the first two.
private struct Times {
  let batch: Int
  private var values: [String: [Double]] = [:]

  init(batch: Int) { self.batch = batch }

  mutating func add(_ name: String, from start: ContinuousClock.Instant) {
    values[name, default: []].append((ContinuousClock.now - start) / .milliseconds(1) / Double(batch))
  }

  /// The medians as members of a JSON object.
  var json: String {
    values.sorted { $0.key < $1.key }.map { name, values in
      let later = values.dropFirst(min(2, values.count - 1)).sorted()
      return "\"\(name)\": " + String(format: "%.3f", later[later.count / 2])
    }.joined(separator: ", ")
  }
}
