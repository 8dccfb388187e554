/// The variance of a mode below which rounding matters.
struct ModeFloor: Sendable {
  /// The variance of rounding in each mode.
  let rounding: Double
  /// The maximum ratio of rounding, and of the dropped variance, to a mode's variance.
  let negligible: Double

  /// - Parameters:
  ///   - variance: the variance of a texture before its transform.
  ///   - model: the model of the textures.
  ///   - pixels: the number of pixels of the modes' torus.
  ///   - precision: the precision of the pixels.
  ///   - negligible: the maximum ratio of rounding, and of the dropped variance, to a mode's variance.
  init(variance: Double, _ model: FieldModel, pixels: Int, precision: PixelPrecision, negligible: Double = 1e-3) {
    rounding = precision.roundingVariance(ofVariance: variance, model.transform) / Double(pixels)
    self.negligible = negligible
  }

  /// The floor of periodic textures with a choice for each scale.
  init(_ model: FieldModel, choices: [Int], precision: PixelPrecision, negligible: Double = 1e-3) {
    self.init(
      variance: model.variance(choices: choices), model, pixels: model.shape.pixels, precision: precision,
      negligible: negligible)
  }

  /// The minimum variance of a mode in which rounding is negligible.
  var variance: Double { rounding / negligible }

  /// Whether a mode can be measured.
  ///
  /// - Parameters:
  ///   - variance: the mode's variance.
  ///   - dropped: the part of it that the band limit drops.
  func keeps(_ variance: Double, dropped: Double) -> Bool {
    rounding <= negligible * variance && dropped <= negligible * variance
  }
}
