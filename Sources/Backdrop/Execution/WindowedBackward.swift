/// The backward pass through a section's windows: each is cut out of the section's input, its activations are computed
/// again, and its gradient passes back through them.
struct WindowedBackward {
  private let section: Segment
  private let name: String
  private let geometry: WindowGeometry

  /// Windows in a pass, at most.
  private static let most = 256
  /// Bytes of the largest level of a pass, at most, where that leaves more than one window.
  private static let levelBytes = 4 << 20

  /// - Parameters:
  ///   - geometry: of the section's windows.
  ///   - name: of the section, for the workers.
  init(_ section: Segment, _ geometry: WindowGeometry, name: String) {
    self.section = section
    self.name = "\(name), windows"
    self.geometry = geometry
  }

  /// Adds the parameters' gradients to the workers' sums, and dL/dx to `inputGradient`.
  ///
  /// - Parameters:
  ///   - source: the section's input.
  ///   - outputGradient: dL/dy before the section's masks.
  ///   - inputGradient: where it is wanted.
  func run(
    _ windows: [Window], _ source: MapSource, outputGradient: Tensor, masks: [Mask], factors: [Int: Mask],
    inputGradient: Tensor?, _ workers: Workers
  ) throws(BackdropError) {
    // Windows overlap: their gradients are added afterwards, in order, so that sums are the same from run to run.
    var shape = source.shape
    (shape.samples, shape.height, shape.width) = (windows.count, geometry.levels[0].side, geometry.levels[0].side)
    let windowGradients = inputGradient == nil || windows.isEmpty ? nil : try Tensor(shape)

    let count = workers.all.count
    try workers.onEach { worker, index throws(BackdropError) in
      var next = windows.count * index / count
      for size in sizes(windows.count * (index + 1) / count - next) {
        let part = windows[next..<next + size]
        let pass = try worker.pass(
          section, name: name, geometry, windows: size, keeps: true, inputLayout: source.shape.layout)
        let inputs = PassInputs(masks: factors, samples: part.map(\.sample))
        take(part, source, into: pass)
        try pass.forward(inputs, windows: part)
        takeGradients(part, outputGradient, masks, into: pass)
        try pass.backward(inputs, windows: part, wantsInput: windowGradients != nil)
        windowGradients?.copySamples(from: pass.inputGradient, to: next..<next + size)
        next += size
      }
    }
    guard let inputGradient, let windowGradients else { return }
    let level = geometry.levels[0]
    for (place, window) in windows.enumerated() {
      windowGradients.add(
        place, to: inputGradient, sample: window.sample, y: level.begin(window.y), x: level.begin(window.x))
    }
  }

  private func take(_ windows: ArraySlice<Window>, _ source: MapSource, into pass: SectionPass) {
    let (level, outside) = (geometry.levels[0], section.operations[0].paddingValue)
    for (place, window) in windows.enumerated() {
      pass.input.take(
        place, from: source, sample: window.sample, y: level.begin(window.y), x: level.begin(window.x),
        outside: outside)
    }
  }

  private func takeGradients(
    _ windows: ArraySlice<Window>, _ gradient: Tensor, _ masks: [Mask], into pass: SectionPass
  ) {
    for (place, window) in windows.enumerated() {
      pass.outputGradient.take(place, from: MapSource(gradient), sample: window.sample, y: window.y, x: window.x)
      for mask in masks {
        pass.outputGradient.multiply(sample: place) { mask[window.sample, $0, window.y, window.x] }
      }
    }
  }

  /// The sizes of the passes that take `count` windows together: kernels are made for powers of two only.
  private func sizes(_ count: Int) -> [Int] {
    let bytes = geometry.maximumLevelBytes(section)
    var most = Self.most
    while most > 1, most * bytes > Self.levelBytes { most /= 2 }
    var (sizes, left) = ([Int](), count)
    while left > 0 {
      var size = most
      while size > left { size /= 2 }
      sizes.append(size)
      left -= size
    }
    return sizes
  }
}

extension Tensor {
  /// Copies the first samples of another tensor of the same layout to these places.
  fileprivate func copySamples(from other: Tensor, to places: Range<Int>) {
    let count = shape.sampleCount
    (pointer + places.lowerBound * count).update(from: other.pointer, count: places.count * count)
  }
}
