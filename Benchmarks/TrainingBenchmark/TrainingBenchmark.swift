import Backdrop
import Foundation

/// Times training steps of the reference network on textures of noise. Arguments: side, batch, kernel, fine mask, coarse
/// mask, "sample,y,x" or "y,x", "windows" or "whole".
@main
enum TrainingBenchmark {
  static func main() throws {
    var words = Array(CommandLine.arguments.dropFirst())
    let defaults = ["1024", "4", "3", "0.85", "0.95", "sample,y,x", "windows"]
    words += defaults.dropFirst(words.count)
    guard let side = Int(words[0]), let batch = Int(words[1]), let kernel = Int(words[2]), let fine = Double(words[3]),
      let coarse = Double(words[4])
    else { return print("side, batch, kernel, fine mask, coarse mask, axes: expected numbers") }
    let axes = Set(words[5].split(separator: ",").compactMap { Axis(rawValue: String($0)) })
    let network = try Network.reference(
      side: side, outputs: 4, kernel: kernel, fineMask: fine, coarseMask: coarse, maskAxes: axes)
    let model = try Model(network, side: side, batchSize: batch)
    if words[6] == "whole" { model.windowChoice = .never }
    var state: UInt64 = 1
    let images = (0..<batch * side * side).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
    try images.withUnsafeBufferPointer { images in
      var (forward, step, predict): ([Double], [Double], [Double]) = ([], [], [])
      for index in 0..<14 {
        let start = ContinuousClock.now
        var middle = start
        try model.gradients(images, count: batch, step: index) { outputs in
          middle = ContinuousClock.now
          return outputs.enumerated().map { $1 * Float($0 % 3 - 1) }
        }
        model.weights = zip(model.weights, model.gradients).map { $0 - 1e-3 * $1 }
        let end = ContinuousClock.now
        _ = try model.predict(images, count: batch)
        if index >= 2 {
          forward.append((middle - start) / .milliseconds(1))
          step.append((end - start) / .milliseconds(1))
          predict.append((ContinuousClock.now - end) / .milliseconds(1))
        }
      }
      func median(_ values: [Double]) -> Double { values.sorted()[0] / Double(batch) }
      print(
        String(
          format: "gpgen, %d px, kernel %d, batch %d: forward %.2f + backward %.2f ms an image; prediction %.2f", side,
          kernel, batch, median(forward), median(step) - median(forward), median(predict)))
    }
  }
}
