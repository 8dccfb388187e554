import GaussianField

extension Augmentation {
  /// All mirrorings, rotations and rolls that preserve the statistics of a field.
  public static func all(keeping field: FieldModel) -> Augmentation {
    Augmentation(
      flip: mirrorFault(of: field) == nil, turn: turnFault(of: field) == nil, roll: rollFault(of: field) == nil)
  }

  /// Throws for augmentations that would change the distribution of textures.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  func check(_ field: FieldModel) throws(StreamError) {
    let shortest = field.shape.extents.min() ?? 0
    if let crop, !(1...shortest).contains(crop) {
      throw StreamError(
        .invalidOptions,
        "a crop of \(crop) pixels: expected 1 to \(shortest)"
          + (Set(field.shape.extents).count > 1 ? ", the shortest extent of \(field.shape)" : ", the textures' extent"))
    }
    let faults = [
      flip ? Self.mirrorFault(of: field) : nil, turn ? Self.turnFault(of: field) : nil,
      roll ? Self.rollFault(of: field) : nil,
    ]
    if let fault = faults.compactMap({ $0 }).first { throw StreamError(.invalidOptions, fault) }
  }

  /// Why textures of a field cannot be mirrored; nil if they can.
  private static func mirrorFault(of field: FieldModel) -> String? {
    guard let candidate = field.candidates.first(where: { $0.isTilted }) else { return nil }
    return "flip: the covariance \(candidate.name) is tilted, so mirroring would change it; omit --flip"
  }

  /// Why textures of a field cannot be turned; nil if they can.
  private static func turnFault(of field: FieldModel) -> String? {
    guard Set(field.shape.extents).count == 1, field.shape.dimensions > 1 else {
      return "turn: the textures are \(field.shape.name == "series" ? "series" : "\(field.shape.name)s") of "
        + "\(field.shape) pixels, which are neither squares nor cubes; omit --turn"
    }
    guard let candidate = field.candidates.first(where: { $0.isAnisotropic }) else { return nil }
    return "turn: the covariance \(candidate.name) is anisotropic, so turning would change it; omit --turn"
  }

  /// Why textures of a field cannot be rolled; nil if they can.
  private static func rollFault(of field: FieldModel) -> String? {
    switch field.boundary {
    case .periodic: nil
    case .open: "roll: open textures are not periodic, so rolling would leave a seam; omit --roll"
    }
  }
}

extension FieldModel {
  /// The candidates of all scales.
  fileprivate var candidates: [CovarianceModel] { scales.flatMap(\.candidates) }
}

extension CovarianceModel {
  /// Whether its correlation depends on the direction.
  fileprivate var isAnisotropic: Bool {
    ["ratio", "ratio_2"].contains { name in parameters[name].map { $0.fixed != 1 } ?? false }
  }

  /// Whether it is anisotropic along directions other than the axes.
  fileprivate var isTilted: Bool {
    isAnisotropic
      && ["angle", "angle_2", "angle_3"].contains { name in
        guard let angle = parameters[name] else { return false }
        return angle.fixed?.remainder(dividingBy: 90) != 0
      }
  }
}
