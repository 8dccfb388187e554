/// How small the variance of a mode may be before rounding is noticeable in it.
struct ModeFloor: Sendable {
  /// The variance of rounding in each mode.
  let rounding: Double
  /// The maximum of it, and of what the band limit drops, over the mode's own variance.
  let negligible: Double

  /// - Parameters:
  ///   - variance: of a texture before its transform.
  ///   - model: of the textures.
  ///   - pixels: of the torus that the modes are those of.
  ///   - precision: of the pixels.
  ///   - negligible: the maximum ratio of rounding, and of what is dropped, to a mode's variance.
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

  /// The least variance of a mode in which rounding is negligible.
  var variance: Double { rounding / negligible }

  /// Whether a mode can be measured.
  ///
  /// - Parameters:
  ///   - variance: of the mode.
  ///   - dropped: how much of it the band limit drops.
  func keeps(_ variance: Double, dropped: Double) -> Bool {
    rounding <= negligible * variance && dropped <= negligible * variance
  }
}
