import Foundation

/// Discrete Fourier transforms by definition, along one axis after the other.
///
/// A series lies along x, an image in one plane. Full arrays have the shape (n_z, n_y, n_x), half spectra
/// (n_z, n_y, n_x / 2 + 1).
final class NaiveTransform {
  let (nz, ny, nx): (Int, Int, Int)
  /// The last extent of a half spectrum.
  let columns: Int
  /// For each axis, the cosines, then the sines, of multiples of 2 pi / n.
  private let waves: [UnsafeMutablePointer<Double>]
  // The half spectrum, and one of its lines.
  private let (re, im, line): (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>)

  init(_ extents: [Int]) {
    let all = Array(repeating: 1, count: 3 - extents.count) + extents
    (nz, ny, nx) = (all[0], all[1], all[2])
    columns = nx / 2 + 1
    waves = all.map { n in
      let table = UnsafeMutablePointer<Double>.allocate(capacity: 2 * n)
      for index in 0..<n {
        table[index] = cos(2 * .pi * Double(index) / Double(n))
        table[n + index] = sin(2 * .pi * Double(index) / Double(n))
      }
      return table
    }
    let count = all[0] * all[1] * (all[2] / 2 + 1)
    re = .allocate(capacity: count)
    im = .allocate(capacity: count)
    line = .allocate(capacity: 2 * max(all[0], all[1]))
  }

  deinit {
    for table in waves { table.deallocate() }
    re.deallocate()
    im.deallocate()
    line.deallocate()
  }

  /// The number of pixels, and of modes.
  var pixels: Int { nz * ny * nx }
  /// The number of values of a half spectrum.
  var count: Int { nz * ny * columns }

  /// |sum of field exp(-i k x)|² of every mode, as a half spectrum.
  func powers(of field: [Float]) -> [Double] {
    field.map(Double.init).withUnsafeBufferPointer { if let base = $0.baseAddress { transform(base) } }
    return (0..<count).map { re[$0] * re[$0] + im[$0] * im[$0] }
  }

  /// The transform, which is real, of values that are equal at p and -p, as a half spectrum.
  func transform(ofEven values: [Double]) -> [Double] {
    values.withUnsafeBufferPointer { if let base = $0.baseAddress { transform(base) } }
    return (0..<count).map { re[$0] }
  }

  private func transform(_ field: UnsafePointer<Double>) {
    let wave = waves[2]
    var row = 0
    while row < nz * ny {
      let pixels = field + row * nx
      var k = 0
      while k < columns {
        var (a, b, index, x) = (0.0, 0.0, 0, 0)
        while x < nx {
          a += pixels[x] * wave[index]
          b -= pixels[x] * wave[nx &+ index]
          index &+= k
          if index >= nx { index &-= nx }
          x &+= 1
        }
        re[row * columns + k] = a
        im[row * columns + k] = b
        k += 1
      }
      row += 1
    }
    for z in 0..<nz { for k in 0..<columns { transform(from: z * ny * columns + k, step: columns, waves[1], ny) } }
    for place in 0..<ny * columns { transform(from: place, step: ny * columns, waves[0], nz) }
  }

  /// Transforms n complex numbers, `step` apart, in place.
  private func transform(from start: Int, step: Int, _ wave: UnsafeMutablePointer<Double>, _ n: Int) {
    if n == 1 { return }
    var k = 0
    while k < n {
      var (a, b, index, place, count) = (0.0, 0.0, 0, start, 0)
      while count < n {
        let (c, s, x, y) = (wave[index], wave[n &+ index], re[place], im[place])
        a += x * c + y * s
        b += y * c - x * s
        index &+= k
        if index >= n { index &-= n }
        place &+= step
        count &+= 1
      }
      line[2 * k] = a
      line[2 * k + 1] = b
      k += 1
    }
    for k in 0..<n {
      re[start + k * step] = line[2 * k]
      im[start + k * step] = line[2 * k + 1]
    }
  }

  /// The full array of a function, equal at p and -p, of signed coordinates -n / 2 < c <= n / 2.
  func fillEven(_ function: (_ z: Int, _ y: Int, _ x: Int) -> Double) -> [Double] {
    func signed(_ c: Int, _ n: Int) -> Int { 2 * c > n ? c - n : c }
    var values = [Double](repeating: 0, count: pixels)
    for z in 0..<nz {
      for y in 0..<ny {
        for x in 0..<nx {
          let (place, opposite) = ((z * ny + y) * nx + x, ((nz - z) % nz * ny + (ny - y) % ny) * nx + (nx - x) % nx)
          values[place] = place <= opposite ? function(signed(z, nz), signed(y, ny), signed(x, nx)) : values[opposite]
        }
      }
    }
    return values
  }

  /// The signed values that a coordinate represents: for an even extent, n / 2 also represents -n / 2.
  func signs(_ c: Int, _ n: Int) -> [Int] { 2 * c == n ? [c, -c] : [c] }

  /// The half spectrum of a full array.
  func half(_ full: [Double]) -> [Double] {
    (0..<nz * ny).flatMap { full[$0 * nx..<$0 * nx + columns] }
  }

  /// The full array of a half spectrum whose values are equal at k and -k.
  func full(_ half: [Double]) -> [Double] {
    (0..<nz).flatMap { z in
      (0..<ny).flatMap { y in
        (0..<nx).map { x in
          x < columns
            ? half[(z * ny + y) * columns + x] : half[((nz - z) % nz * ny + (ny - y) % ny) * columns + nx - x]
        }
      }
    }
  }

  /// A mode of the half spectrum that represents itself and, unless it is real, its conjugate.
  struct Mode {
    let (z, y, x): (Int, Int, Int)
    /// The index in a half spectrum.
    let place: Int
    let isReal: Bool
    /// The degrees of freedom of its power: 1 for a real mode, else 2.
    var degreesOfFreedom: Double { isReal ? 1 : 2 }
  }

  /// One of each pair of conjugate modes.
  var modes: [Mode] {
    var modes: [Mode] = []
    for z in 0..<nz {
      for y in 0..<ny {
        for x in 0..<columns {
          let (place, opposite) = (z * ny + y, (nz - z) % nz * ny + (ny - y) % ny)
          let isSelfConjugate = 2 * x % nx == 0
          if isSelfConjugate, opposite < place { continue }
          modes.append(
            Mode(z: z, y: y, x: x, place: place * columns + x, isReal: isSelfConjugate && opposite == place))
        }
      }
    }
    return modes
  }
}
