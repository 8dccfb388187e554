/// Which modes of a texture can be measured: those in which neither rounding nor what the band limit drops is noticeable.
struct ModeFloor: Sendable {
  /// The variance of rounding in each mode.
  let rounding: Double
  /// The maximum of it, and of what the band limit drops, over the mode's own variance.
  let negligible: Double

  /// - Parameters:
  ///   - model: of the textures.
  ///   - choices: one for each scale.
  ///   - precision: of the pixels.
  ///   - negligible: the maximum ratio of rounding, and of what is dropped, to a mode's variance.
  init(_ model: FieldModel, choices: [Int], precision: PixelPrecision, negligible: Double) {
    let variance = model.variance(choices: choices)
    rounding = precision.roundingVariance(ofVariance: variance, model.transform) / Double(model.shape.pixels)
    self.negligible = negligible
  }

  /// Whether a mode can be measured.
  ///
  /// - Parameters:
  ///   - variance: of the mode.
  ///   - dropped: how much of it the band limit drops.
  func keeps(_ variance: Double, dropped: Double) -> Bool {
    rounding <= negligible * variance && dropped <= negligible * variance
  }
}
