import Foundation

/// What the check of a dataset has found, for people and, as `schemas/verify.schema.json` describes it, for programs.
public struct DatasetVerdict: Encodable, Sendable {
  /// What is wrong with a file as a whole, or with what it says beside its pixels.
  public struct BadFile: Encodable, Sendable, Equatable {
    /// The kinds of fault.
    public enum Problem: String, Encodable, Sendable {
      /// Is not there.
      case missing
      /// Only its `.partial` is there.
      case unfinished
      /// Is no HDF5 file, was cut off, or lacks what reading it needs.
      case unreadable
      /// Is of another dataset.
      case foreign
      /// Is another shard of the dataset, under this one's name.
      case twice
      /// An attribute is not the recipe's.
      case attribute
      /// A dataset is missing, or of another type, shape or layout.
      case dataset
      /// A dataset's numbers are not the recipe's.
      case values
      /// The index's checksums are not those of the shards.
      case checksums
    }

    /// The file.
    public let file: String
    /// Which shard it is by its name; none for an index.
    public let shard: Int?
    /// What is wrong.
    public let problem: Problem
    /// The attribute or dataset in question, where it is one.
    public let name: String?
    /// What was found and what was expected.
    public let message: String
  }

  /// What is wrong with a sample.
  public struct BadSample: Encodable, Sendable, Equatable {
    /// The kinds of fault.
    public enum Problem: String, Encodable, Sendable {
      /// The pixels are not those that the checksum was taken of.
      case checksum
      /// The same, and the index has the checksum of the pixels: the one in the shard is damaged.
      case storedChecksum = "stored_checksum"
      /// The disk does not give the pixels.
      case unreadable
      /// The checksum holds, and the pixels are others than the recipe's.
      case pixels
    }

    /// The sample's index in the whole dataset.
    public let sample: Int
    /// Which shard it is in.
    public let shard: Int
    /// The shard's file.
    public let file: String
    /// What is wrong.
    public let problem: Problem
  }

  /// What came of making samples again.
  public struct Regenerated: Encodable, Sendable {
    /// The samples that were compared, in order.
    public let samples: [Int]
    /// How many of them came out with the same bits.
    public let identical: Int
    /// How many differ in no more than rounding.
    public let rounding: Int
    /// The largest absolute difference of two pixels.
    public let maximumDifference: Double
    /// The same, in standard deviations of the class's textures.
    public let maximumRelativeDifference: Double

    private enum CodingKeys: String, CodingKey {
      case samples, identical, rounding
      case maximumDifference = "largestDifference"
      case maximumRelativeDifference = "largestRelativeDifference"
    }
  }

  /// What was asked for.
  public let file: String
  /// Whether nothing is wrong.
  public let ok: Bool
  /// The dataset's identity; none where no file tells its recipe.
  public let datasetHash: String?
  /// How many shards the whole dataset has.
  public let shardCount: Int
  /// How many files there should be: shards, and the index.
  public let files: Int
  /// How many samples there should be in them.
  public let samples: Int?
  /// How many samples' checksums were held against their pixels.
  public let checked: Int
  /// The bytes of those samples' pixels.
  public let bytes: Int
  /// Every file that is not as it should be, once for each fault.
  public let badFiles: [BadFile]
  /// Every sample that is not as it should be.
  public let badSamples: [BadSample]
  /// What came of making samples again, where that was asked for.
  public let regenerated: Regenerated?
  /// How far the dataset is and which command finishes it, where a run was interrupted that only its own command, not a
  /// repair, finishes.
  public let unfinished: String?
  /// What is worth knowing and no fault.
  public let notes: [String]

  /// As JSON.
  public var json: String { encodedAsJSON }
}
