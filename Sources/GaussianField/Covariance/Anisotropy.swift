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

  /// The parameters of anisotropy, which every family has beside its own; all may be left out. ``Anisotropy`` says what
  /// they mean.
  ///
  /// - Parameter dimensions: of the texture; a series has none of them, an image two, a volume five.
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

/// What makes an isotropic covariance anisotropic: C at a lag is C at the distance |A lag|.
///
/// A = diag(1, 1 / ratio) transpose(R) in images and diag(1, 1 / ratio, 1 / ratio_2) transpose(R) in volumes, on lags in the
/// order (x, y, z). The columns of R are the directions of the length scales l, ratio l and ratio_2 l. In images R turns x
/// towards y by `angle`. In volumes R = R_yz(angle_3) R_xz(-angle_2) R_xy(angle): first by `angle` from x towards y, then by
/// `angle_2` from z towards x, then by `angle_3` from y towards z, about the axes of the texture. This is what GSTools has
/// with `anis = [ratio, ratio_2]` and `angles = [angle, angle_2, angle_3]` in radians.
public struct Anisotropy: Hashable, Sendable {
  /// The number of axes.
  public let dimensions: Int
  /// transpose(A) A, so that |A lag|² = transpose(lag) form lag; rows of ``dimensions`` numbers, in the order of the
  /// texture's axes, x last.
  let form: [Double]
  /// The inverse of ``form``: the spectral density at a wave vector k is that at the wave number (transpose(k) inverse k)^½,
  /// times ``volume``.
  let inverse: [Double]
  /// The product of the ratios: 1 over the determinant of A.
  let volume: Double

  /// - Parameters:
  ///   - parameters: those of anisotropy that are not left out, others beside them.
  ///   - dimensions: the number of axes.
  init(_ parameters: [String: Double], dimensions: Int) {
    self.dimensions = dimensions
    let ratios = [1] + CovarianceFamily.ratioNames.prefix(dimensions - 1).map { parameters[$0] ?? 1 }
    volume = ratios.reduce(1, *)
    let rotation = Self.rotation(CovarianceFamily.angleNames.map { parameters[$0] ?? 0 }, dimensions: dimensions)
    // The sum over length scales of factor times direction times its transpose.
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
      // What is zero but for rounding is zero.
      let scale = form.map(\.magnitude).max() ?? 0
      return form.map { $0.magnitude < 1e-15 * scale ? 0 : $0 }
    }
    self.form = ratios.allSatisfy { $0 == 1 } ? Self.identity(dimensions) : form { 1 / ($0 * $0) }
    inverse = ratios.allSatisfy { $0 == 1 } ? Self.identity(dimensions) : form { $0 * $0 }
  }

  /// Whether the covariance is even in each coordinate by itself: the directions of the length scales are the axes.
  public var isAligned: Bool {
    (0..<dimensions).allSatisfy { row in
      (0..<dimensions).allSatisfy { row == $0 || form[row * dimensions + $0] == 0 }
    }
  }

  /// Along an axis of the texture, of an aligned covariance: what the length scale is multiplied by.
  func ratio(alongAxis axis: Int) -> Double { 1 / form[axis * dimensions + axis].squareRoot() }

  /// |A lag|², the lag in pixels along each axis, x last.
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

  /// R, on coordinates in the order (x, y, z), row by row.
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
