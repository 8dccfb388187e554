/// A number with its noun: "1 sample", "2 samples", "2 batches".
package func counted(_ count: Int, _ noun: String) -> String {
  guard count != 1 else { return "1 \(noun)" }
  return "\(count) \(noun)" + (noun.hasSuffix("s") || noun.hasSuffix("ch") ? "es" : "s")
}
