extension MaskRule {
  /// Checks the rule, as far as possible without an activation's shape.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  public func check() throws(BackdropError) {
    guard (0...1).contains(probability) else {
      throw BackdropError(.invalidNetwork, "`probability`: found \(probability), expected a number from 0 to 1")
    }
    guard !axes.isEmpty else {
      throw BackdropError(
        .invalidNetwork,
        "`axes`: found none, expected one or more of \(Axis.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let fixedElement else { return }
    guard fixedElement.count == elementAxes.count, fixedElement.allSatisfy({ $0 >= 0 }) else {
      throw BackdropError(
        .invalidNetwork,
        "`fixed_element`: found \(fixedElement), expected an index of 0 or more for each of"
          + " \(elementAxes.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// Checks the rule, and that the fixed element, if any, lies within an activation.
  ///
  /// The index of the sample is not checked: batches may differ in size.
  ///
  /// - Parameter shape: the shape of one sample's activation.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  public func check(shape: Shape) throws(BackdropError) {
    try check()
    guard let fixedElement else { return }
    for (axis, index) in zip(elementAxes, fixedElement) where axis != .sample {
      let extent = shape.extent(along: axis)
      guard index < extent else {
        throw BackdropError(
          .invalidNetwork,
          "`fixed_element`: found \(index) along \(axis.rawValue), expected 0 to \(extent - 1): the masked map is"
            + " \(shape.channels) channels of \(shape.height)x\(shape.width)")
      }
    }
  }

  /// The axes over which one mask is drawn, in order; without the sample axis if every sample has its own mask.
  var elementAxes: [Axis] {
    axes.count > 1 ? Axis.allCases.filter { $0 != .sample && axes.contains($0) } : Array(axes)
  }
}

extension Shape {
  /// C, H or W; 1 along the sample axis.
  func extent(along axis: Axis) -> Int {
    switch axis {
    case .sample: 1
    case .channel: channels
    case .y: height
    case .x: width
    }
  }
}
