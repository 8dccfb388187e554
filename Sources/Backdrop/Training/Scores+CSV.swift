import TextureDataset

extension Scores {
  /// A line for each sample: its index, its class, the predicted class, and an output (a logit) for each class. Of a
  /// binary loss: its index, its class, 1 where that is positive, 1 where it is predicted, and the logit.
  public func csv(_ record: RunRecord) -> String {
    let isBinary = record.training.loss.isBinary
    var text =
      isBinary
      ? "sample,label,positive,predicted,score\n"
      : "sample,label,predicted," + record.outputNames.map { "score_\($0)" }.joined(separator: ",") + "\n"
    for index in 0..<count {
      text += "\(samples[index]),\(classes[index]),"
      if isBinary { text += "\(targets[index])," }
      text += "\(prediction(index)),"
      text += self[index].map { "\($0)" }.joined(separator: ",") + "\n"
    }
    return text
  }

  /// Writes the lines of ``csv(_:)`` so that the file's name holds the old contents or the new. Blocks while it writes.
  ///
  /// - Throws: ``BackdropError`` with code `.fileSystem`.
  public func writeCSV(_ record: RunRecord, to path: String) throws(BackdropError) {
    do {
      try replaceFile(path, with: Array(csv(record).utf8))
    } catch {
      throw BackdropError(file: error)
    }
  }
}
