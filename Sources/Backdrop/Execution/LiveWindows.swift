/// When a section's backward pass goes through windows.
package enum WindowChoice: Sendable {
  /// Where that costs less.
  case whereCheaper
  /// Wherever windows can be.
  case always
  /// Never: everything is computed, and multiplied by the masks.
  case never
}

/// Which backward work a step needs: known from its masks before the forward pass.
///
/// An element of a section's output carries gradient where the section's masks leave it, where its sample takes part in the
/// loss, and where the windows above reach it. Each such element is a window of the section's input, a small image of its
/// own: the section's gradient is the sum of theirs. Where so much lives that windows would cost more, the section is
/// computed whole.
struct LiveWindows {
  enum Extent {
    /// The whole maps; the forward pass keeps its activations.
    case whole
    /// These windows, whose activations are computed again; the forward pass keeps nothing.
    case windows([Window], WindowGeometry)
    /// Nothing: there is no backward pass, and the forward pass keeps nothing.
    case nothing
  }

  /// Of each section.
  let extents: [Extent]

  /// For a pass without a backward.
  init(nothingIn program: Program) {
    extents = program.segments.map { _ in .nothing }
  }

  /// - Parameters:
  ///   - factors: the masks of this step, by layer.
  ///   - samples: B.
  init(_ program: Program, _ factors: [Int: Mask], samples: Int, _ choice: WindowChoice) {
    var extents: [Extent] = []
    var sampleLives = [Bool](repeating: true, count: samples)
    // Of the section's output; none where all may live.
    var reached: LiveMap?
    for section in program.segments.reversed() {
      let masks = section.masks.compactMap { factors[$0.layer] }
      var extent = Extent.whole
      if choice != .never, !masks.isEmpty, let geometry = WindowGeometry(section) {
        let live = Self.live(section.output, masks, sampleLives, reached)
        if choice == .always || WindowCost(section, geometry).prefersWindows(live.count, samples: samples) {
          extent = .windows(live, geometry)
          reached = LiveMap(section.input, samples: samples, reachedBy: live, geometry.levels[0])
        }
      }
      if case .whole = extent { reached = nil }
      extents.append(extent)
      for bound in section.operations {
        // A mask of the images is an operation too, but below it there is no section.
        guard bound.operation is GradientMask, let mask = factors[bound.layer] else { continue }
        for sample in 0..<samples where mask.blocks(sample: sample) { sampleLives[sample] = false }
      }
    }
    self.extents = extents.reversed()
  }

  /// The elements of a section's output that carry gradient, sample by sample, row by row.
  private static func live(_ shape: Shape, _ masks: [Mask], _ sampleLives: [Bool], _ reached: LiveMap?) -> [Window] {
    var windows: [Window] = []
    for sample in sampleLives.indices where sampleLives[sample] {
      for y in 0..<shape.height {
        for x in 0..<shape.width where reached?[sample, y, x] ?? true {
          if masks.allSatisfy({ !$0.blocks(sample: sample, y: y, x: x) }) {
            windows.append(Window(sample: sample, y: y, x: x))
          }
        }
      }
    }
    return windows
  }
}

/// The elements of a map that some window reaches.
private struct LiveMap {
  private let height: Int
  private let width: Int
  private var lives: [Bool]

  init(_ shape: Shape, samples: Int, reachedBy windows: [Window], _ level: WindowGeometry.Level) {
    height = shape.height
    width = shape.width
    lives = [Bool](repeating: false, count: samples * shape.height * shape.width)
    for window in windows {
      let (y, x) = (level.begin(window.y), level.begin(window.x))
      for row in level.inside(y, of: height) {
        for column in level.inside(x, of: width) {
          lives[(window.sample * height + y + row) * width + x + column] = true
        }
      }
    }
  }

  subscript(sample: Int, y: Int, x: Int) -> Bool { lives[(sample * height + y) * width + x] }
}

extension Mask {
  /// Whether nothing of a sample's element passes, in any channel.
  fileprivate func blocks(sample: Int, y: Int = 0, x: Int = 0) -> Bool {
    (0..<extents[1]).allSatisfy { self[sample, $0, y, x] == 0 }
  }
}
