#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension CovarianceFamily {
  /// The names of the ratios of minor to major length scales.
  static let ratioNames = ["ratio", "ratio_2"]
  /// The names of the angles.
  static let angleNames = ["angle", "angle_2", "angle_3"]

  /// The optional parameters of anisotropy, which every family has in addition to its own. ``Anisotropy`` defines them.
  ///
  /// - Parameter dimensions: the texture's number of axes. A series has no such parameters, an image 2, a volume 5.
  public static func anisotropy(dimensions: Int) -> [Parameter] {
    func ratio(_ name: String, _ meaning: String) -> Parameter {
      Parameter(name: name, meaning: meaning, range: ParameterRange(over: 0, through: 1), defaultValue: 1)
    }
    func angle(_ name: String, _ meaning: String) -> Parameter {
      Parameter(name: name, meaning: meaning, range: ParameterRange(-360...360), defaultValue: 0)
    }
    switch dimensions {
    case 1: return []
    case 2:
      return [
        ratio("ratio", "the minor length scale over the major one, which is the length scale given"),
        angle("angle", "of the major axis, in degrees from x towards y"),
      ]
    default:
      return [
        ratio("ratio", "the second length scale over the first, which is the length scale given"),
        ratio("ratio_2", "the third length scale over the first"),
        angle("angle", "of the first rotation, in degrees from x towards y"),
        angle("angle_2", "of the second rotation, in degrees from z towards x"),
        angle("angle_3", "of the third rotation, in degrees from y towards z"),
      ]
    }
  }
}

/// The linear map A that makes an isotropic covariance anisotropic: C at a lag is C at the distance |A lag|.
///
/// A = diag(1, 1 / ratio) transpose(R) in images and diag(1, 1 / ratio, 1 / ratio_2) transpose(R) in volumes, on lags
/// in the order (x, y, z). The columns of R are the directions of the length scales l, ratio l and ratio_2 l. In images
/// R turns x towards y by `angle`. In volumes R = R_yz(angle_3) R_xz(-angle_2) R_xy(angle): first by `angle` from x
/// towards y, then by `angle_2` from z towards x, then by `angle_3` from y towards z, about the axes of the texture.
/// GSTools does the same with `anis = [ratio, ratio_2]` and `angles = [angle, angle_2, angle_3]` in radians.
public struct Anisotropy: Hashable, Sendable {
  /// The number of axes.
  public let dimensions: Int
  /// transpose(A) A, so that |A lag|² = transpose(lag) form lag; shape (``dimensions``, ``dimensions``), row-major, in
  /// the order of the texture's axes, x last.
  let form: [Double]
  /// The inverse of ``form``. The spectral density at a wave vector k is ``volume`` times the isotropic density at the
  /// wave number (transpose(k) inverse k)^½.
  let inverse: [Double]
  /// The product of the ratios, 1 / det A.
  let volume: Double

  /// - Parameters:
  ///   - parameters: may include others; those of anisotropy have defaults.
  ///   - dimensions: the number of axes.
  init(_ parameters: [String: Double], dimensions: Int) {
    self.dimensions = dimensions
    let ratios = [1] + CovarianceFamily.ratioNames.prefix(dimensions - 1).map { parameters[$0] ?? 1 }
    volume = ratios.reduce(1, *)
    let rotation = Self.rotation(CovarianceFamily.angleNames.map { parameters[$0] ?? 0 }, dimensions: dimensions)
    // The sum over length scales of factor * direction * transpose(direction).
    func form(_ factor: (Double) -> Double) -> [Double] {
      var form = [Double](repeating: 0, count: dimensions * dimensions)
      for row in 0..<dimensions {
        for column in 0..<dimensions {
          let (i, j) = (dimensions - 1 - row, dimensions - 1 - column)
          form[row * dimensions + column] = ratios.indices.reduce(0) {
            $0 + factor(ratios[$1]) * rotation[i * dimensions + $1] * rotation[j * dimensions + $1]
          }
        }
      }
      // Remove rounding from elements that are zero.
      let scale = form.map(\.magnitude).max() ?? 0
      return form.map { $0.magnitude < 1e-15 * scale ? 0 : $0 }
    }
    self.form = ratios.allSatisfy { $0 == 1 } ? Self.identity(dimensions) : form { 1 / ($0 * $0) }
    inverse = ratios.allSatisfy { $0 == 1 } ? Self.identity(dimensions) : form { $0 * $0 }
  }

  /// Whether the covariance is even in each coordinate, because the length scales lie along the axes.
  public var isAligned: Bool {
    (0..<dimensions).allSatisfy { row in
      (0..<dimensions).allSatisfy { row == $0 || form[row * dimensions + $0] == 0 }
    }
  }

  /// The factor of the length scale along an axis of the texture. Valid only for aligned covariances.
  func ratio(alongAxis axis: Int) -> Double { 1 / form[axis * dimensions + axis].squareRoot() }

  /// |A lag|² for a lag in pixels along each axis, x last.
  package func squaredDistance(_ lag: [Double]) -> Double { Self.value(form, lag) }

  private static func value(_ form: [Double], _ vector: [Double]) -> Double {
    let dimensions = vector.count
    var sum = 0.0
    for row in 0..<dimensions {
      for column in 0..<dimensions { sum += form[row * dimensions + column] * vector[row] * vector[column] }
    }
    return sum
  }

  private static func identity(_ dimensions: Int) -> [Double] {
    (0..<dimensions * dimensions).map { $0 % (dimensions + 1) == 0 ? 1 : 0 }
  }

  /// R, row-major, on coordinates in the order (x, y, z).
  private static func rotation(_ angles: [Double], dimensions: Int) -> [Double] {
    var rotation = identity(dimensions)
    guard dimensions > 1 else { return rotation }
    let planes = [(0, 1, angles[0]), (0, 2, -angles[1]), (1, 2, angles[2])].prefix(dimensions == 2 ? 1 : 3)
    for (first, second, angle) in planes {
      let (cosine, sine) = Self.cosineAndSine(degrees: angle)
      for column in 0..<dimensions {
        let (a, b) = (rotation[first * dimensions + column], rotation[second * dimensions + column])
        rotation[first * dimensions + column] = cosine * a - sine * b
        rotation[second * dimensions + column] = sine * a + cosine * b
      }
    }
    return rotation
  }

  /// Exact at multiples of 90 degrees.
  private static func cosineAndSine(degrees: Double) -> (Double, Double) {
    let turns = (degrees / 90).rounded()
    let rest = (degrees - 90 * turns) * .pi / 180
    let (c, s) = (cos(rest), sin(rest))
    switch Int(turns) & 3 {
    case 0: return (c, s)
    case 1: return (-s, c)
    case 2: return (-c, -s)
    default: return (s, -c)
    }
  }
}
