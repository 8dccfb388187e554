/// Where a stream is: a few numbers from which exactly the batches go on that would have come.
public struct StreamState: Codable, Equatable, Sendable {
  /// The epoch, from 0.
  public var epoch: Int
  /// How many samples of the epoch all ranks together have consumed.
  public var position: Int
  /// The seed of the order and of the transforms.
  public var seed: UInt64
  /// The dataset that this is a state of.
  public var datasetHash: String

  /// - Parameters:
  ///   - epoch: from 0.
  ///   - position: samples of the epoch that all ranks together have consumed.
  ///   - seed: of the order and of the transforms.
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
