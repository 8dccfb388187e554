// Times the stages of the sampler on textures of the default recipe: side 1024 px, length scales 9.5 and 80 px.
//
//     swift run -c release SamplerBenchmark [side]
//     swift run -c release SamplerBenchmark --shape 256,256,256 --covariance matern:nu=1.5 --length-scale 8 --boundary open
//
// Prints medians in milliseconds per texture. The second form times any single field. The last line is for scripts: the
// time in memory with two threads.

import CSpectralKernels
import Dispatch
import GaussianField

@main
struct SamplerBenchmark {
  static func main() throws {
    let start = ContinuousClock.now
    if CommandLine.arguments.dropFirst().first?.hasPrefix("--") == true {
      return try timeField(Array(CommandLine.arguments.dropFirst()))
    }
    let side = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1024
    let unit = Double(side) / 1024
    let sampler = try TextureSampler(
      FieldModel(
        shape: .square(side: side),
        scales: [Scale(lengthScales: [9.5 * unit], weight: 0.75), Scale(lengthScales: [80 * unit], weight: 1.25)]),
      seed: 0)
    let standardized = try TextureSampler(
      FieldModel(shape: .square(side: side), scales: sampler.model.scales, standardize: true), seed: 0)
    var workspace = try TextureWorkspace(for: sampler)
    let pixels = try AlignedBuffer<Float>(count: side * side)
    let texture = UnsafeMutableBufferPointer(start: pixels.pointer, count: side * side)

    let fields = try sampler.fields(ofSample: 0, choices: [0, 0])
    sampler.withSpectrum(of: fields, in: &workspace) { $0.makeRows(0..<side, into: texture) }
    let modes = sampler.bandLimits.joined().reduce(0) { $0 + $1.modes }
    print("side \(side), \(sampler.columnCount) of \(side / 2 + 1) columns, \(modes) modes of two scales")
    report("planning and first texture", milliseconds(ContinuousClock.now - start))

    let column = try AlignedBuffer<Float>(count: 4 * side)
    let amplitude = try AlignedBuffer<Float>(count: 2 * side)
    report("noise", median { noise(sampler, amplitude.pointer, column.pointer) })
    report("noise and columns", median { sampler.withSpectrum(of: fields, in: &workspace) { _ in } })
    sampler.withSpectrum(of: fields, in: &workspace) { spectrum in
      report("rows", median { spectrum.makeRows(0..<side, into: texture) })
    }
    let one = throughput(sampler, threads: 1)
    let two = throughput(sampler, threads: 2)
    report("texture, 1 thread", one)
    report("texture, 2 threads", two)
    report("texture, standardized, 2 threads", throughput(standardized, threads: 2))
    print("speedup of 2 threads: \(rounded(one / two))")
    print("milliseconds \(two)")
  }

  /// Invalid options of the second form.
  struct Usage: Error {}

  /// Times textures of one field. Two threads share a texture of 2^24 pixels or more; smaller ones take one thread each.
  static func timeField(_ words: [String]) throws {
    var options = [
      "--shape": "1024,1024", "--covariance": "squared_exponential", "--length-scale": "", "--boundary": "periodic",
    ]
    for pair in stride(from: 0, to: words.count - 1, by: 2) where options[words[pair]] != nil {
      options[words[pair]] = words[pair + 1]
    }
    func option(_ name: String) -> String { options[name] ?? "" }
    let parts = option("--covariance").split(separator: ":")
    var values: [String: Double] = [:]
    let words = (parts.count > 1 ? String(parts[1]) : "").split(separator: ",").map(String.init)
    for word in words + ["length_scale=" + option("--length-scale")] {
      let pair = word.split(separator: "=")
      if pair.count == 2, let value = Double(pair[1]) { values[String(pair[0])] = value }
    }
    guard let shape = FieldShape(extents: option("--shape").split(separator: ",").compactMap { Int($0) }),
      let family = parts.first.flatMap({ CovarianceFamily.named(String($0)) }),
      let boundary = Boundary(rawValue: option("--boundary"))
    else { throw Usage() }
    let start = ContinuousClock.now
    let sampler = try TextureSampler(
      FieldModel(
        shape: shape, boundary: boundary,
        scales: [Scale(weight: 1, candidates: [CovarianceModel(family: family, values)])]), seed: 0)
    report("planning", milliseconds(ContinuousClock.now - start))
    let together = shape.pixels >= 1 << 24
    let each = max(4, (1 << 24) / shape.pixels)
    let time = median(runs: 5) {
      DispatchQueue.concurrentPerform(iterations: together ? 1 : 2) { thread in
        do {
          try makeFields(sampler, samples: thread * each..<(thread + 1) * each, threads: together ? 2 : 1)
        } catch {
          fatalError("\(error)")
        }
      }
    }
    print("milliseconds \(time / Double(together ? each : 2 * each))")
  }

  private static func makeFields(_ sampler: TextureSampler, samples: Range<Int>, threads: Int) throws {
    let shape = sampler.model.shape
    var workspace = try TextureWorkspace(for: sampler, threads: threads)
    let pixels = try AlignedBuffer<Float>(count: shape.pixels)
    nonisolated(unsafe) let base = pixels.pointer
    for sample in samples {
      try sampler.withSpectrum(of: sampler.fields(ofSample: sample, choices: [0]), in: &workspace) { spectrum in
        let groups = (shape.rowCount + 7) / 8
        spectrum.forEachThread(min(threads, groups)) { maker in
          let count = min(threads, groups)
          let rows = maker.thread * groups / count * 8..<min(shape.rowCount, (maker.thread + 1) * groups / count * 8)
          maker.makeRows(
            rows,
            into: UnsafeMutableBufferPointer(
              start: base + rows.lowerBound * shape.rowLength, count: rows.count * shape.rowLength))
        }
      }
    }
    extendLifetime(pixels)
  }

  /// Draws only the noise of a texture, writing the modes of each column to the same buffer.
  static func noise(
    _ sampler: TextureSampler, _ amplitude: UnsafeMutablePointer<Float>, _ column: UnsafeMutablePointer<Float>
  ) {
    for (scale, limit) in sampler.bandLimits.map({ $0[0] }).enumerated() {
      let stream = gpgen_noise_stream(seed: 0, sample: 0, purpose_and_scale: UInt32(scale))
      for (kx, maximum) in limit.rows.enumerated() {
        gpgen_add_noise(stream, Int32(kx), 0, maximum + 1, amplitude, 1, column)
        gpgen_add_noise(stream, Int32(kx), Int32(-maximum), maximum, amplitude, 1, column)
      }
    }
  }

  /// Milliseconds per texture while each thread makes its own textures.
  static func throughput(_ sampler: TextureSampler, threads: Int) -> Double {
    let side = sampler.model.shape.rowLength
    let each = max(4, 400 * 1024 * 1024 / (side * side))
    return median(runs: 7) {
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        do {
          try makeTextures(sampler, samples: thread * each..<(thread + 1) * each)
        } catch {
          fatalError("\(error)")
        }
      }
    } / Double(threads * each)
  }

  private static func makeTextures(_ sampler: TextureSampler, samples: Range<Int>) throws {
    let side = sampler.model.shape.rowLength
    var workspace = try TextureWorkspace(for: sampler)
    let pixels = try AlignedBuffer<Float>(count: side * side)
    for sample in samples {
      try sampler.withSpectrum(of: sampler.fields(ofSample: sample, choices: [0, 0]), in: &workspace) { spectrum in
        spectrum.makeRows(0..<side, into: UnsafeMutableBufferPointer(start: pixels.pointer, count: side * side))
      }
    }
  }

  static func median(runs: Int = 51, _ work: () -> Void) -> Double {
    let clock = ContinuousClock()
    let times = (0..<runs).map { _ in milliseconds(clock.measure(work)) }.sorted()
    return times[runs / 2]
  }

  static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

  static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  static func report(_ name: String, _ milliseconds: Double) {
    print("\(name)\(String(repeating: " ", count: max(1, 36 - name.count)))\(rounded(milliseconds)) ms")
  }
}
