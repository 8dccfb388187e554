/// The backward pass of a segment through crops: each is cut out of the segment's input, its activations are computed
/// again, and its gradient passes back through them.
///
/// Parts of the input overlap, and the gradients that crops add to it must add up in the same order in every run: crops of
/// rows so far apart that they cannot overlap are computed at the same time, each row by one worker.
struct CropBackward {
  let segment: Segment
  let geometry: CropGeometry
  /// How many crops a pass computes at most: a power of two.
  let together: Int
  let masks: [Int: Mask]
  let workers: Workers

  /// The maps at both ends of the segment.
  struct Ends {
    /// x.
    let input: MapView
    /// y.
    let output: MapView
    /// dL/dy, thinned by the layers behind the segment.
    let outputGradient: MapView
    /// Where dL/dx is added to, if it is wanted.
    let inputGradient: MapView?
  }

  /// Adds the parameters' gradients to the workers' sums, and dL/dx to the gradient of the input.
  ///
  /// - Parameter crops: by sample, row and column.
  func run(_ crops: ArraySlice<Crop>, _ ends: Ends) throws(BackdropError) {
    let phases = ends.inputGradient == nil ? 1 : geometry.rowsApart
    for phase in 0..<phases {
      let together = phases == 1 ? Array(crops) : crops.filter { $0.y / geometry.square % phases == phase }
      guard !together.isEmpty else { continue }
      let bounds = shares(together, keepsRows: ends.inputGradient != nil)
      try workers.onEach { worker, index throws(BackdropError) in
        var next = bounds[index]
        while next < bounds[index + 1] {
          let size = passSize(bounds[index + 1] - next)
          try run(together[next..<next + size], ends, worker)
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

  /// Where the crops of each worker begin, and the end of the last one's.
  private func shares(_ crops: [Crop], keepsRows: Bool) -> [Int] {
    let count = workers.all.count
    var bounds = [0]
    for worker in 1..<max(1, count) {
      var bound = max(bounds[worker - 1], crops.count * worker / count)
      while keepsRows, bound > 0, bound < crops.count, crops[bound].isInRow(of: crops[bound - 1]) { bound += 1 }
      bounds.append(bound)
    }
    return bounds + [crops.count]
  }

  /// How many of `count` crops the next pass takes: kernels are made for powers of two only.
  private func passSize(_ count: Int) -> Int {
    var size = together
    while size > count { size /= 2 }
    return size
  }
}

extension Crop {
  fileprivate func isInRow(of other: Crop) -> Bool { sample == other.sample && y == other.y }
}
