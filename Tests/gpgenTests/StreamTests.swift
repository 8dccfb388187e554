import Foundation
import Testing

@Suite struct StreamTests {
  private let folder: ProgramFolder

  init() async throws {
    folder = try ProgramFolder()
    let made = try await folder.gpgen(
      "--size", "32", "--length-scales", "2,3", "--samples", "20", "--shards", "2", "--quiet", "--out", "data.h5")
    #expect(made.status == 0)
  }

  @Test func throughputIsReportedWithoutAPipe() async throws {
    let outcome = try await folder.gpgen("stream", "data.h5", "--batch", "8", "--epochs", "3", "--statistics")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.hasPrefix("data.h5: 60 samples in 9 batches; 240.0 KiB in "))
    #expect(outcome.output.contains("\nmean ") && outcome.output.contains(", standard deviation "))
    #expect(try await folder.gpgen("stream", "data.h5", "--quiet").output.isEmpty)
  }

  /// Two arrays, each with a padded header; the summary goes to standard error.
  @Test func arraysAreWrittenToThePipe() async throws {
    let outcome = try await folder.gpgen("stream", ".", "--batch", "20", "--crop", "16", "--to", "npy")
    #expect(outcome.status == 0)
    #expect(outcome.errors.hasPrefix(".: 20 samples in 1 batch; "))
    #expect(outcome.output.contains("'descr': '<f4', 'fortran_order': False, 'shape': (20, 1, 16, 16)"))
    #expect(outcome.output.contains("'descr': '<i8', 'fortran_order': False, 'shape': (20,)"))
  }

  @Test(arguments: [
    (["--rank", "2", "--ranks", "2"], "--rank 2 --ranks 2: expected a rank from 0 to 1"),
    (["--crop", "33"], "a crop of 33 pixels: expected 1 to 32, the textures' extent"),
    (["--split", "test"], "the test part has no samples"),
    (["--split", "test", "--validation-fraction", "1.5"], "fractions 1.5 and 0.0"),
    (["--ranks", "21"], "20 samples for 21 ranks: expected at least one sample per rank"),
    (["--validation-fraction", "0.2"], "--validation-fraction has no effect without --split"),
    (["--test-fraction", "0.2"], "--test-fraction has no effect without --split"),
    (["--validation-count", "2"], "--validation-count has no effect without --split"),
    (["--test-count", "2"], "--test-count has no effect without --split"),
    (["--split-seed", "1"], "--split-seed has no effect without --split"),
    (["--split", "test", "--test-count", "2", "--test-fraction", "0.2"], "by fractions and by counts"),
    (["--split", "test", "--test-count", "21"], "expected at most 20 together, the dataset's number"),
  ])
  func wrongOptionsAreRefused(options: [String], message: String) async throws {
    let outcome = try await folder.gpgen(["stream", "data.h5"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func missingFilesAreNamed() async throws {
    let outcome = try await folder.gpgen("stream", "other.h5")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("other.h5: cannot read: No such file or directory"))
    try FileManager.default.removeItem(atPath: folder("data-00001-of-00002.h5"))
    let missing = try await folder.gpgen("stream", "data.h5")
    #expect(missing.status == 1 && missing.errors.contains("1 of 2 shards is missing: data-00001-of-00002.h5"))
  }
}
