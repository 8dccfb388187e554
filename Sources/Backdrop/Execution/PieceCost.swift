/// What the plan of a step took for one piece of the program, the operations between two masks or the local ones among
/// them: for `Benchmarks/cost_model.py`.
package struct PieceCost {
  /// The layers of the piece.
  package let layers: ClosedRange<Int>
  /// Amounts of ``Work``, by the names of the constants in ``CostModel`` that they are multiplied by.
  package let work: [(name: String, amount: Double)]
  /// Bytes of the largest level of one crop, in the piece's only segment; 0 if there are several, or no crops.
  package let largestLevelBytes: Int
  /// Time of the forward pass, of the last step or prediction.
  package let forward: Duration
  /// Time of the backward pass, without the masks; zero after a prediction.
  package let backward: Duration
}

extension Model {
  /// What the last step, of a full batch, took for each piece of the program, in the order of the forward pass.
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
