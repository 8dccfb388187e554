/// The backward pass of a segment through crops. Each crop is cut out of the segment's input, its activations are
/// recomputed, and its gradient is propagated back through them.
///
/// Crops overlap in the input, and their gradients must be added in the same order in every run. So only rows too far
/// apart to overlap are computed at the same time, each by one worker.
struct CropBackward {
  let segment: Segment
  let geometry: CropGeometry
  /// The maximum number of crops in a pass: a power of two.
  let together: Int
  let masks: [Int: Mask]
  let workers: Workers

  /// The segment's input and output, and their gradients.
  struct Ends {
    /// x.
    let input: MapView
    /// y.
    let output: MapView
    /// dL/dy, thinned by the layers that follow the segment.
    let outputGradient: MapView
    /// The map to which dL/dx is added; nil if it is not needed.
    let inputGradient: MapView?
  }

  /// Adds the parameters' gradients to the workers' sums, and dL/dx to the input's gradient.
  ///
  /// - Parameter crops: sorted by sample, row and column.
  func run(_ crops: ArraySlice<Crop>, _ ends: Ends) throws(BackdropError) {
    let phases = ends.inputGradient == nil ? 1 : geometry.rowsApart
    for phase in 0..<phases {
      let phaseCrops = phases == 1 ? Array(crops) : crops.filter { $0.y / geometry.square % phases == phase }
      guard !phaseCrops.isEmpty else { continue }
      let bounds = shares(phaseCrops, keepsRows: ends.inputGradient != nil)
      try workers.onEach { worker, index throws(BackdropError) in
        var next = bounds[index]
        while next < bounds[index + 1] {
          let size = passSize(bounds[index + 1] - next)
          try run(phaseCrops[next..<next + size], ends, worker)
          next += size
        }
      }
    }
  }

  private func run(_ crops: ArraySlice<Crop>, _ ends: Ends, _ worker: Worker) throws(BackdropError) {
    let pass = try worker.pass(
      segment, geometry, crops: crops.count, keeps: true, inputLayout: ends.input.shape.layout)
    let inputs = PassInputs(masks: masks, samples: crops.map(\.sample))
    try pass.restore(inputs, crops: crops, input: ends.input, output: ends.output)
    for (place, crop) in crops.enumerated() {
      pass.outputGradient.take(place, from: ends.outputGradient, sample: crop.sample, y: crop.y, x: crop.x)
    }
    try pass.backward(inputs, crops: crops, wantsInput: ends.inputGradient != nil)
    guard let inputGradient = ends.inputGradient else { return }
    let level = geometry.levels[0]
    for (place, crop) in crops.enumerated() {
      pass.inputGradient.add(
        place, to: inputGradient, sample: crop.sample, y: level.start(crop.y), x: level.start(crop.x))
    }
  }

  /// The index of each worker's first crop, then the number of crops.
  private func shares(_ crops: [Crop], keepsRows: Bool) -> [Int] {
    let count = workers.all.count
    var bounds = [0]
    for worker in 1..<max(1, count) {
      var bound = max(bounds[worker - 1], crops.count * worker / count)
      while keepsRows, bound > 0, bound < crops.count, crops[bound].isInSameRow(as: crops[bound - 1]) { bound += 1 }
      bounds.append(bound)
    }
    return bounds + [crops.count]
  }

  /// The number of crops in the next pass, of `count` remaining ones. Kernels exist for powers of two only.
  private func passSize(_ count: Int) -> Int {
    var size = together
    while size > count { size /= 2 }
    return size
  }
}

extension Crop {
  fileprivate func isInSameRow(as other: Crop) -> Bool { sample == other.sample && y == other.y }
}
