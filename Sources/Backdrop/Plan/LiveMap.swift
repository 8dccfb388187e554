/// The positions of a batch of maps that may carry gradient, in any channel.
///
/// If only the backward pass finds out which of them do, there is a limit on their number.
///
/// Legend: B samples, H height, W width.
struct LiveMap {
  let samples: Int
  let height: Int
  let width: Int
  /// Shape (B, H, W), 1 for a live position; nil if all are live.
  private var places: [UInt8]?
  /// The maximum number of positions that carry gradient, if it is unknown which do; nil if all may.
  private(set) var limit: Int?

  /// All positions.
  init(all shape: Shape, samples: Int) {
    self.samples = samples
    height = shape.height
    width = shape.width
  }

  private init(samples: Int, height: Int, width: Int, places: [UInt8]?, limit: Int?) {
    self.samples = samples
    self.height = height
    self.width = width
    self.places = places
    self.limit = limit
  }

  /// The maximum number of live positions.
  var count: Int {
    let count = places.map { $0.reduce(0) { $0 + Int($1) } } ?? samples * height * width
    return min(count, limit ?? count)
  }

  /// Limits the number of live positions of each sample, without determining which they are.
  mutating func restrict(toPlacesPerSample maximum: Int) {
    guard maximum < height * width else { return }
    let maximum = liveSamples.count { $0 } * maximum
    limit = min(limit ?? maximum, maximum)
  }

  /// Removes the positions where a mask is zero in all channels.
  mutating func restrict(to mask: Mask) {
    var places = self.places ?? [UInt8](repeating: 1, count: samples * height * width)
    var place = 0
    for sample in 0..<samples {
      for y in 0..<height {
        for x in 0..<width {
          if places[place] != 0, mask.blocks(sample: sample, y: y, x: x) { places[place] = 0 }
          place += 1
        }
      }
    }
    self.places = places
  }

  /// Removes all positions of the samples for which `isLive` is false.
  mutating func restrict(toSamples isLive: [Bool]) {
    guard isLive.contains(false) else { return }
    var places = self.places ?? [UInt8](repeating: 1, count: samples * height * width)
    for sample in 0..<samples where !isLive[sample] {
      for place in sample * height * width..<(sample + 1) * height * width { places[place] = 0 }
    }
    self.places = places
  }

  /// The aligned squares that contain a live position, sorted by sample, row and column.
  func crops(square: Int) -> [Crop] {
    let (rows, columns) = ((height + square - 1) / square, (width + square - 1) / square)
    var crops: [Crop] = []
    var isLive = [Bool](repeating: true, count: columns)
    for sample in 0..<samples {
      for row in 0..<rows {
        if let places {
          for column in 0..<columns { isLive[column] = false }
          for y in row * square..<min(height, (row + 1) * square) {
            let first = (sample * height + y) * width
            for x in 0..<width where places[first + x] != 0 { isLive[x / square] = true }
          }
        }
        for column in 0..<columns where isLive[column] {
          crops.append(Crop(sample: sample, y: row * square, x: column * square))
        }
      }
    }
    return crops
  }

  /// The map at half the resolution: a position is live if any of its four is.
  func halved() -> LiveMap {
    let (h, w) = ((height + 1) / 2, (width + 1) / 2)
    guard let places else { return LiveMap(samples: samples, height: h, width: w, places: nil, limit: limit) }
    var halved = [UInt8](repeating: 0, count: samples * h * w)
    for sample in 0..<samples {
      for y in 0..<height {
        let (from, to) = ((sample * height + y) * width, (sample * h + y / 2) * w)
        for x in 0..<width { halved[to + x / 2] |= places[from + x] }
      }
    }
    return LiveMap(samples: samples, height: h, width: w, places: halved, limit: limit)
  }

  /// The positions of a segment's input that the live positions of its output depend on.
  ///
  /// - Parameters:
  ///   - input: the input's shape.
  ///   - level: the input's level, for squares of one element.
  func reach(_ input: Shape, _ level: CropGeometry.Level) -> LiveMap {
    let limit = limit.flatMap { limit in
      // One position reaches a square.
      let (maximum, overflows) = limit.multipliedReportingOverflow(by: level.side * level.side)
      return overflows || maximum >= samples * input.height * input.width ? nil : maximum
    }
    guard let places else {
      return LiveMap(samples: samples, height: input.height, width: input.width, places: nil, limit: limit)
    }
    var reached = [UInt8](repeating: 0, count: samples * input.height * input.width)
    var row = [UInt8](repeating: 0, count: input.width)
    for sample in 0..<samples {
      for y in 0..<height {
        let first = (sample * height + y) * width
        var isEmpty = true
        // First the columns that this row reaches; then they are added to all rows that it reaches.
        for x in 0..<width where places[first + x] != 0 {
          if isEmpty { for column in row.indices { row[column] = 0 } }
          isEmpty = false
          for column in level.covered(x, of: input.width) { row[column] = 1 }
        }
        guard !isEmpty else { continue }
        for inputRow in level.covered(y, of: input.height) {
          let to = (sample * input.height + inputRow) * input.width
          for column in 0..<input.width { reached[to + column] |= row[column] }
        }
      }
    }
    return LiveMap(samples: samples, height: input.height, width: input.width, places: reached, limit: limit)
  }

  /// For each sample, whether any position is live.
  var liveSamples: [Bool] {
    guard let places else { return [Bool](repeating: true, count: samples) }
    let count = height * width
    return (0..<samples).map { places[$0 * count..<($0 + 1) * count].contains(1) }
  }
}

extension Mask {
  /// Whether a position of a sample is blocked in all channels.
  func blocks(sample: Int, y: Int = 0, x: Int = 0) -> Bool {
    for channel in 0..<extents[1] where self[sample, channel, y, x] != 0 { return false }
    return true
  }
}
