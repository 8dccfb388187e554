/// The position of a stream, from which it resumes with exactly the batches that would have come.
public struct StreamState: Codable, Equatable, Sendable {
  /// The epoch, from 0.
  public var epoch: Int
  /// The number of samples of the epoch that all ranks together have consumed.
  public var position: Int
  /// The seed of the order and of the augmentation.
  public var seed: UInt64
  /// The hash of the dataset's recipe.
  public var datasetHash: String

  /// - Parameters:
  ///   - epoch: from 0.
  ///   - position: the number of samples of the epoch that all ranks together have consumed.
  ///   - seed: the seed of the order and of the augmentation.
  ///   - datasetHash: SHA-256 of the dataset's recipe.
  public init(epoch: Int = 0, position: Int = 0, seed: UInt64, datasetHash: String) {
    self.epoch = epoch
    self.position = position
    self.seed = seed
    self.datasetHash = datasetHash
  }

  enum CodingKeys: String, CodingKey {
    case epoch, position, seed
    case datasetHash = "dataset_hash"
  }
}
