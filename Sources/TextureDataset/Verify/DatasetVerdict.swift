import Foundation

/// The result of verifying a dataset, as text and as JSON (`schemas/verify.schema.json`).
public struct DatasetVerdict: Encodable, Sendable {
  /// A fault of a whole file, or of anything in it except its pixels.
  public struct BadFile: Encodable, Sendable, Equatable {
    /// The kinds of fault.
    public enum Problem: String, Encodable, Sendable {
      /// Does not exist.
      case missing
      /// Only its `.partial` exists.
      case unfinished
      /// Is not an HDF5 file, is truncated, or lacks what reading requires.
      case unreadable
      /// Belongs to another dataset.
      case foreign
      /// Is another shard of the dataset, under this one's name.
      case twice
      /// An attribute does not match the recipe.
      case attribute
      /// A dataset is missing, or of another type, shape or layout.
      case dataset
      /// A dataset's values do not match the recipe.
      case values
      /// The index's checksums differ from the shards'.
      case checksums
    }

    /// The path of the file.
    public let file: String
    /// The number of the shard, from its name; nil for an index.
    public let shard: Int?
    /// What is wrong.
    public let problem: Problem
    /// The attribute or dataset in question, if any.
    public let name: String?
    /// What was found and what was expected.
    public let message: String
  }

  /// A fault of a sample.
  public struct BadSample: Encodable, Sendable, Equatable {
    /// The kinds of fault.
    public enum Problem: String, Encodable, Sendable {
      /// The pixels do not match their checksum.
      case checksum
      /// The pixels match the checksum in the index, so the one in the shard is damaged.
      case storedChecksum = "stored_checksum"
      /// The pixels cannot be read from the disk.
      case unreadable
      /// The checksum matches, but the pixels are not the recipe's.
      case pixels
    }

    /// The sample's index in the whole dataset.
    public let sample: Int
    /// The number of its shard.
    public let shard: Int
    /// The path of the shard.
    public let file: String
    /// What is wrong.
    public let problem: Problem
  }

  /// The result of regenerating samples.
  public struct Regenerated: Encodable, Sendable {
    /// The samples that were compared, in order.
    public let samples: [Int]
    /// How many of them have the same bits.
    public let identical: Int
    /// How many differ only in rounding.
    public let rounding: Int
    /// The maximum absolute difference of two pixels.
    public let maximumDifference: Double
    /// The same, in standard deviations of the class's textures.
    public let maximumRelativeDifference: Double

    private enum CodingKeys: String, CodingKey {
      case samples, identical, rounding
      case maximumDifference = "largestDifference"
      case maximumRelativeDifference = "largestRelativeDifference"
    }
  }

  /// The path that was verified.
  public let file: String
  /// Whether no fault was found.
  public let ok: Bool
  /// The dataset's identity; nil if no file has a readable recipe.
  public let datasetHash: String?
  /// The number of shards in the whole dataset.
  public let shardCount: Int
  /// The expected number of files: shards, and the index.
  public let files: Int
  /// The expected number of samples in them; nil if unknown.
  public let samples: Int?
  /// The number of samples whose pixels were checked against their checksums.
  public let checked: Int
  /// The size of those samples' pixels, in bytes.
  public let bytes: Int
  /// The faults of files; a file with several faults appears several times.
  public let badFiles: [BadFile]
  /// The faulty samples.
  public let badSamples: [BadSample]
  /// The result of regenerating samples, if requested.
  public let regenerated: Regenerated?
  /// After an interrupted run that only its own command, not a repair, can finish: the progress and that command.
  public let unfinished: String?
  /// Remarks that are not faults.
  public let notes: [String]

  /// The verdict as JSON.
  public var json: String { encodedAsJSON }
}
