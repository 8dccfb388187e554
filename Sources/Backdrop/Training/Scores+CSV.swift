import TextureDataset

extension Scores {
  /// A line for each sample: its index, its class, the predicted class, and an output (a logit) for each class. Of a
  /// binary loss: its index, its class, 1 where that is positive, 1 where it is predicted, and the logit.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  public func csv(_ record: RunRecord) throws(BackdropError) -> String {
    let isBinary = record.training.loss.isBinary
    var text =
      isBinary
      ? "sample,label,positive,predicted,score\n"
      : "sample,label,predicted," + record.outputNames.map { "score_\($0)" }.joined(separator: ",") + "\n"
    for index in 0..<count {
      // A text that grows takes up to twice its size beside its old bytes; a thousand lines are small beside the reserve.
      if index.isMultiple(of: 1024) { try checkRoom(for: 2 * text.utf8.count, of: UInt8.self) }
      text += "\(samples[index]),\(classes[index]),"
      if isBinary { text += "\(targets[index])," }
      text += "\(prediction(index)),"
      text += self[index].map { "\($0)" }.joined(separator: ",") + "\n"
    }
    // What writes the text copies it a few times.
    try checkRoom(for: 3 * text.utf8.count, of: UInt8.self)
    return text
  }

  /// Writes the lines of ``csv(_:)`` so that the file's name holds the old contents or the new. Blocks while it writes.
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
