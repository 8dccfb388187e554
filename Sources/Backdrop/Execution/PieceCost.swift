/// The cost of one piece of the program in a step, for `Benchmarks/cost_model.py`. A piece is the operations between
/// two masks, or the local or nonlocal ones among them.
package struct PieceCost {
  /// The layers of the piece.
  package let layers: ClosedRange<Int>
  /// Amounts of ``Work``, by the names of the constants in ``CostModel`` that multiply them.
  package let work: [(name: String, amount: Double)]
  /// Bytes of the largest level of one crop, if the piece is one segment computed through crops; otherwise 0.
  package let largestLevelBytes: Int
  /// The time of the forward pass in the last step or prediction.
  package let forward: Duration
  /// The time of the backward pass without the masks; zero after a prediction.
  package let backward: Duration
}

extension Model {
  /// The cost of each piece of the program in the last step, which must have had a full batch, in forward order.
  package var lastCosts: [PieceCost] {
    guard let plan = lastPlan, let checkpoints else { return [] }
    var costs: [PieceCost] = []
    var first = 0
    for piece in program.segments.flatMap(\.dividedByLocality) {
      let end = checkpoints.segments[first...].firstIndex { $0.layers.lowerBound > piece.layers.upperBound }
      let indices = first..<(end ?? checkpoints.segments.count)
      var work = plan.segments[indices].reduce(Work()) { $0 + $1.work }
      for index in indices.dropFirst() {
        work = work + CostModel.checkpoint(checkpoints.segments[index].input, samples: batchSize)
      }
      var largest = 0
      if indices.count == 1, case .crops(_, let geometry) = plan.segments[first].method {
        largest = geometry.levelBytes(plan.segments[first].segment).max() ?? 0
      }
      costs.append(
        PieceCost(
          layers: piece.layers, work: Work.terms.map { ($0.name, work[keyPath: $0.amount]) },
          largestLevelBytes: largest, forward: lastTimes.forward[indices].reduce(.zero, +),
          backward: lastTimes.backward[indices].reduce(.zero, +)))
      first = indices.upperBound
    }
    return costs
  }
}
