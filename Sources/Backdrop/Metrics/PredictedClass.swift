/// The place of the largest of a sample's scores, from 0; the first where several are.
///
/// - Parameter scores: shape (K), at least one.
func predictedClass(_ scores: ArraySlice<Float>) -> Int {
  var best = scores.startIndex
  for place in scores.indices where scores[place] > scores[best] { best = place }
  return best - scores.startIndex
}
