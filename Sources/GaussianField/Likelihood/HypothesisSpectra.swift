/// The spectra of hypotheses on a torus. Equal covariances share one spectrum.
struct HypothesisSpectra: Sendable {
  private struct Entry: Sendable {
    let spectrum: Spectrum
    let bandLimit: BandLimit
  }

  private var entries: [Entry] = []
  /// For each hypothesis and scale, the index of its entry.
  private var places: [[Int]] = []

  /// - Throws: ``FieldError`` if a covariance has no spectrum on the grid.
  init(of hypotheses: [Hypothesis], on grid: Grid) throws(FieldError) {
    // Covariances with equal parameters may differ in their families and tables.
    var known: [[String: ParameterValue]: [(covariance: CovarianceModel, entry: Int)]] = [:]
    for hypothesis in hypotheses {
      var places: [Int] = []
      for covariance in hypothesis.covariances {
        let alike = known[covariance.parameters] ?? []
        if let entry = alike.first(where: { $0.covariance == covariance })?.entry {
          places.append(entry)
          continue
        }
        let spectrum = try covariance.spectrum(on: grid)
        known[covariance.parameters] = alike + [(covariance, entries.count)]
        places.append(entries.count)
        entries.append(Entry(spectrum: spectrum, bandLimit: BandLimit(spectrum, on: grid)))
      }
      self.places.append(places)
    }
  }

  /// The spectra of a hypothesis, one for each scale.
  subscript(hypothesis: Int) -> [Spectrum] { places[hypothesis].map { entries[$0].spectrum } }

  /// Whether the modes ky and -ky have the same variance under all hypotheses.
  var areEven: Bool {
    entries.allSatisfy {
      switch $0.spectrum {
      case .separable, .even: true
      case .dense: false
      }
    }
  }

  /// The maximum fraction of a field's variance that its band limit drops.
  var maximumDroppedFraction: Double { entries.map(\.bandLimit.droppedVariance).max() ?? 0 }

  /// The weighted variance of each mode of a line that band limits drop.
  func dropped(of hypothesis: Int, _ model: FieldModel, _ order: ModeOrder, line: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: order.lineLength)
    for (scale, place) in zip(model.scales, places[hypothesis]) {
      let (spectrum, limit) = (entries[place].spectrum, entries[place].bandLimit)
      let isWhole = order.isByColumn && line < limit.columnCount && limit.rows[line] >= order.extents.y / 2
      if isWhole { continue }
      var own = [Double](repeating: 0, count: order.lineLength)
      order.add(spectrum, times: scale.weight * scale.weight, line: line, to: &own)
      for index in own.indices {
        if !limit.keeps(order, line: line, index: index) { sums[index] += own[index] }
      }
    }
    return sums
  }
}
