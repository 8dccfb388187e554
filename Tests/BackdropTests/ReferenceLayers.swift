@testable import Backdrop

/// The layers, slow and obvious, in double precision: the reference for the fast ones.
///
/// Legend: B samples, C channels, H height, W width, K outputs; x a layer's input, y its output, dx, dy, dw, db the
/// gradients of the loss.
struct Activation {
  let samples: Int
  let shape: Shape
  /// Row-major, (B, C, H, W).
  var values: [Double]

  init(samples: Int, shape: Shape, values: [Double]? = nil) {
    self.samples = samples
    self.shape = shape
    self.values = values ?? Array(repeating: 0, count: samples * shape.count)
    precondition(self.values.count == samples * shape.count)
  }

  subscript(b: Int, c: Int, y: Int, x: Int) -> Double {
    get { values[place(b, c, y, x)] }
    set { values[place(b, c, y, x)] = newValue }
  }

  private func place(_ b: Int, _ c: Int, _ y: Int, _ x: Int) -> Int {
    ((b * shape.channels + c) * shape.height + y) * shape.width + x
  }

  /// Every element's position, in order.
  func forEach(_ body: (_ b: Int, _ c: Int, _ y: Int, _ x: Int) -> Void) {
    for b in 0..<samples {
      for c in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width { body(b, c, y, x) }
        }
      }
    }
  }

  func map(_ body: (Double) -> Double) -> Activation {
    Activation(samples: samples, shape: shape, values: values.map(body))
  }
}

/// y[b, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] x[b, c, s i + u - p, s j + v - p], zeros outside.
struct ReferenceConvolution {
  let layer: Convolution
  /// (out, in, kernel, kernel).
  let weight: [Double]
  let bias: [Double]

  /// Calls `body` for every product of the sum above, with the indices of y, x and the weight.
  private func forEachProduct(
    _ x: Activation, _ y: Activation,
    _ body: (_ b: Int, _ o: Int, _ i: Int, _ j: Int, _ c: Int, _ row: Int, _ column: Int, _ weight: Int) -> Void
  ) {
    let kernel = layer.kernel
    y.forEach { b, o, i, j in
      for c in 0..<x.shape.channels {
        for u in 0..<kernel {
          for v in 0..<kernel {
            let row = i * layer.stride + u - layer.padding
            let column = j * layer.stride + v - layer.padding
            guard 0..<x.shape.height ~= row, 0..<x.shape.width ~= column else { continue }
            body(b, o, i, j, c, row, column, ((o * x.shape.channels + c) * kernel + u) * kernel + v)
          }
        }
      }
    }
  }

  func forward(_ x: Activation, output: Shape) -> Activation {
    var y = Activation(samples: x.samples, shape: output)
    y.forEach { b, o, i, j in y[b, o, i, j] = bias[o] }
    forEachProduct(x, y) { b, o, i, j, c, row, column, w in y[b, o, i, j] += weight[w] * x[b, c, row, column] }
    return y
  }

  func backward(_ x: Activation, dy: Activation) -> (dx: Activation, dw: [Double], db: [Double]) {
    var dx = Activation(samples: x.samples, shape: x.shape)
    var dw = weight.map { _ in 0.0 }
    var db = bias.map { _ in 0.0 }
    dy.forEach { b, o, i, j in db[o] += dy[b, o, i, j] }
    forEachProduct(x, dy) { b, o, i, j, c, row, column, w in
      dx[b, c, row, column] += weight[w] * dy[b, o, i, j]
      dw[w] += x[b, c, row, column] * dy[b, o, i, j]
    }
    return (dx, dw, db)
  }
}

/// y[b, k] = bias[k] + sum over c of weight[k, c] x[b, c].
struct ReferenceLinear {
  /// (out, in).
  let weight: [Double]
  let bias: [Double]

  func forward(_ x: Activation) -> Activation {
    let inputs = x.shape.count
    var y = Activation(samples: x.samples, shape: Shape(channels: bias.count, height: 1, width: 1))
    for b in 0..<x.samples {
      for k in bias.indices {
        y[b, k, 0, 0] = bias[k]
        for c in 0..<inputs { y[b, k, 0, 0] += weight[k * inputs + c] * x.values[b * inputs + c] }
      }
    }
    return y
  }

  func backward(_ x: Activation, dy: Activation) -> (dx: Activation, dw: [Double], db: [Double]) {
    let inputs = x.shape.count
    var dx = Activation(samples: x.samples, shape: x.shape)
    var dw = weight.map { _ in 0.0 }
    var db = bias.map { _ in 0.0 }
    for b in 0..<x.samples {
      for k in bias.indices {
        db[k] += dy[b, k, 0, 0]
        for c in 0..<inputs {
          dw[k * inputs + c] += dy[b, k, 0, 0] * x.values[b * inputs + c]
          dx.values[b * inputs + c] += dy[b, k, 0, 0] * weight[k * inputs + c]
        }
      }
    }
    return (dx, dw, db)
  }
}

enum ReferenceReLU {
  static func forward(_ x: Activation) -> Activation { x.map { max($0, 0) } }

  static func backward(_ x: Activation, dy: Activation) -> Activation {
    var dx = dy
    for index in dx.values.indices where x.values[index] <= 0 { dx.values[index] = 0 }
    return dx
  }
}

enum ReferenceLeakyReLU {
  static func forward(_ x: Activation, slope: Double) -> Activation { x.map { $0 > 0 ? $0 : slope * $0 } }

  static func backward(_ x: Activation, dy: Activation, slope: Double) -> Activation {
    var dx = dy
    for index in dx.values.indices where x.values[index] <= 0 { dx.values[index] *= slope }
    return dx
  }
}

enum ReferencePooling {
  /// The positions of a window that lie inside the map.
  private static func window(_ layer: PoolingWindow, _ x: Activation, _ i: Int, _ j: Int) -> [(row: Int, column: Int)] {
    (0..<layer.kernel * layer.kernel).compactMap { place in
      let row = i * layer.stride + place / layer.kernel - layer.padding
      let column = j * layer.stride + place % layer.kernel - layer.padding
      return 0..<x.shape.height ~= row && 0..<x.shape.width ~= column ? (row, column) : nil
    }
  }

  /// The position of the maximum; among equal ones the first, row by row.
  private static func maximum(
    _ layer: PoolingWindow, _ x: Activation, _ b: Int, _ c: Int, _ i: Int, _ j: Int
  ) -> (row: Int, column: Int) {
    let places = window(layer, x, i, j)
    return places.dropFirst().reduce(places[0]) { best, place in
      x[b, c, place.row, place.column] > x[b, c, best.row, best.column] ? place : best
    }
  }

  static func maxForward(_ layer: PoolingWindow, _ x: Activation, output: Shape) -> Activation {
    var y = Activation(samples: x.samples, shape: output)
    y.forEach { b, c, i, j in
      let place = maximum(layer, x, b, c, i, j)
      y[b, c, i, j] = x[b, c, place.row, place.column]
    }
    return y
  }

  static func maxBackward(_ layer: PoolingWindow, _ x: Activation, dy: Activation) -> Activation {
    var dx = Activation(samples: x.samples, shape: x.shape)
    dy.forEach { b, c, i, j in
      let place = maximum(layer, x, b, c, i, j)
      dx[b, c, place.row, place.column] += dy[b, c, i, j]
    }
    return dx
  }

  /// The padding counts as zeros.
  static func averageForward(_ layer: PoolingWindow, _ x: Activation, output: Shape) -> Activation {
    var y = Activation(samples: x.samples, shape: output)
    y.forEach { b, c, i, j in
      for place in window(layer, x, i, j) {
        y[b, c, i, j] += x[b, c, place.row, place.column] / Double(layer.kernel * layer.kernel)
      }
    }
    return y
  }

  static func averageBackward(_ layer: PoolingWindow, _ x: Activation, dy: Activation) -> Activation {
    var dx = Activation(samples: x.samples, shape: x.shape)
    dy.forEach { b, c, i, j in
      for place in window(layer, x, i, j) {
        dx[b, c, place.row, place.column] += dy[b, c, i, j] / Double(layer.kernel * layer.kernel)
      }
    }
    return dx
  }

  static func globalForward(_ x: Activation) -> Activation {
    var y = Activation(samples: x.samples, shape: Shape(channels: x.shape.channels, height: 1, width: 1))
    let pixels = Double(x.shape.height * x.shape.width)
    x.forEach { b, c, i, j in y[b, c, 0, 0] += x[b, c, i, j] / pixels }
    return y
  }

  static func globalBackward(_ x: Activation, dy: Activation) -> Activation {
    var dx = Activation(samples: x.samples, shape: x.shape)
    let pixels = Double(x.shape.height * x.shape.width)
    dx.forEach { b, c, i, j in dx[b, c, i, j] = dy[b, c, 0, 0] / pixels }
    return dx
  }
}

enum ReferenceMask {
  /// A multiplication by a mask: dropout applies it to the input and the gradient, Backdrop only to the gradient.
  static func multiply(_ x: Activation, _ mask: Mask) -> Activation {
    var y = x
    y.forEach { b, c, i, j in y[b, c, i, j] *= Double(mask[b, c, i, j]) }
    return y
  }
}
