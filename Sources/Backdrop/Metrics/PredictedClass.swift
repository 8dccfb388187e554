/// The index of the maximum of a sample's scores, from 0; the first in case of a tie.
///
/// - Parameter scores: shape (K), at least one.
func predictedClass(_ scores: ArraySlice<Float>) -> Int {
  var best = scores.startIndex
  for place in scores.indices where scores[place] > scores[best] { best = place }
  return best - scores.startIndex
}
