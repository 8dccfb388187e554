import TextureDataset

extension Scores {
  /// CSV with a header and a line for each sample: its index, its class, the predicted class, and the logit of each
  /// class. With a binary loss: its index, its class, whether that is positive (1 or 0), the prediction (1 or 0), and
  /// the logit. For a regression: its index, its class, and for each target the label and the prediction, in the
  /// label's unit.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  public func csv(_ record: RunRecord) throws(BackdropError) -> String {
    let isBinary = record.training.loss.isBinary
    let predictions = isRegression ? (record.targetStandardization ?? []).labels(outputs) : []
    var text =
      isRegression
      ? "sample,label," + record.outputNames.map { "target_\($0),prediction_\($0)" }.joined(separator: ",") + "\n"
      : isBinary
        ? "sample,label,positive,predicted,score\n"
        : "sample,label,predicted," + record.outputNames.map { "score_\($0)" }.joined(separator: ",") + "\n"
    for index in 0..<count {
      // A growing string temporarily needs up to twice its size in addition to its old storage. A thousand lines are
      // small compared with the reserve.
      if index.isMultiple(of: 1024) { try checkRoom(for: 2 * text.utf8.count, of: UInt8.self) }
      text += "\(samples[index]),\(classes[index]),"
      if isRegression {
        let row = index * outputCount..<(index + 1) * outputCount
        text += row.map { "\(labels[$0]),\(predictions[$0])" }.joined(separator: ",") + "\n"
        continue
      }
      if isBinary { text += "\(targets[index])," }
      text += "\(prediction(index)),"
      text += self[index].map { "\($0)" }.joined(separator: ",") + "\n"
    }
    // Writing the text copies it a few times.
    try checkRoom(for: 3 * text.utf8.count, of: UInt8.self)
    return text
  }

  /// Replaces a file with ``csv(_:)`` atomically. Blocks while it writes.
  ///
  /// - Throws: ``BackdropError`` with code `.fileSystem` or `.memory`.
  public func writeCSV(_ record: RunRecord, to path: String) throws(BackdropError) {
    let text = try csv(record)
    do {
      try replaceFile(path, with: Array(text.utf8))
    } catch {
      throw BackdropError(file: error)
    }
  }
}
