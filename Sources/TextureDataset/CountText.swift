/// A count with its noun: "1 sample", "2 samples", "2 batches", "2 epochs", "2 classes".
package func counted(_ count: Int, _ noun: String) -> String {
  guard count != 1 else { return "1 \(noun)" }
  return "\(count) \(noun)" + (noun.hasSuffix("s") || noun.hasSuffix("tch") ? "es" : "s")
}
