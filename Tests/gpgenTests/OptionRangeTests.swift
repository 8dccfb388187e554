import Foundation
import Testing

/// Every command refuses numbers outside an option's range as a usage error, before it opens or writes anything.
@Suite struct OptionRangeTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  private static let commands: [(arguments: [String], options: [(name: String, range: String)])] = [
    (
      ["generate", "--out", "data.h5"],
      recipe + [
        ("--threads", threads), ("--shards", "1 to 99999"), ("--task-count", "1 to 99999"),
        ("--task-index", "0 to 99998"),
      ]
    ),
    (["recipe"], recipe),
    (
      ["stream", "data.h5"],
      [
        ("--threads", threads), ("--batch", "1 to 65536"), ("--epochs", "1 to 4294967296"),
        ("--rank", "0 to 1048575"),
        ("--ranks", "1 to 1048576"), ("--crop", "1 to 32768"), ("--validation-count", "0 to 4294967295"),
        ("--test-count", "0 to 4294967295"), ("--shuffle-seed", "0 to 18446744073709551615"),
        ("--split-seed", "0 to 18446744073709551615"),
      ]
    ),
    (
      ["verify", "data.h5"],
      [
        ("--threads", threads), ("--regenerate", "0 to 4294967295"),
        ("--regenerate-seed", "0 to 18446744073709551615"),
      ]
    ),
    (["repair", "data.h5"], [("--threads", threads)]),
    (
      ["train", "data.h5", "--out", "run"],
      [
        ("--threads", threads), ("--batch", "1 to 65536"), ("--epochs", "1 to 4294967296"), ("--crop", "1 to 32768"),
        ("--seed", "0 to 9007199254740991"), ("--split-seed", "0 to 9007199254740991"),
        ("--warm-up", "0 to 4294967295"), ("--step-every", "1 to 4294967296"), ("--kernel", "2 or 3"),
        ("--channels", "1 to 65536"), ("--depth", "1 to 32"), ("--fine-after", "1 to 32"),
        ("--coarse-after", "1 to 32"),
        ("--fine-mask", "0 to 1"), ("--coarse-mask", "0 to 1"), ("--batch-mask", "0 to 1"),
      ]
    ),
    (["evaluate", "run", "data.h5"], [("--threads", threads)]),
    (["predict", "run", "data.h5", "--out", "scores.csv"], [("--threads", threads)]),
    (
      ["footprint", "run", "data.h5", "--out", "footprint.png"],
      [("--threads", threads), ("--sample", "0 to 4294967295"), ("--step", "0 to 4294967295")]
    ),
  ]

  private static let threads = "1 to 1024"
  private static let recipe = [
    (name: "--samples", range: "1 to 4294967295"), (name: "--size", range: "8 to 32768"),
    (name: "--seed", range: "0 to 9007199254740991"),
  ]

  /// The integers next to a range, and the maximum 64-bit integer.
  private static func numbers(outside range: String) -> [Int128] {
    let ends = range.split(separator: " ").compactMap { Int128($0) }
    let numbers: Set<Int128> = [ends[0] - 1, ends[1] + 1, 1 << 63 - 1]
    return numbers.filter { $0 < ends[0] || $0 > ends[1] }.sorted()
  }

  @Test(arguments: commands.indices)
  func numberOutsideItsRangeIsRefusedNotClamped(command: Int) async throws {
    let (arguments, options) = Self.commands[command]
    for (option, range) in options {
      for value in Self.numbers(outside: range) {
        let outcome = try await folder.gpgen(arguments + [option, "\(value)"])
        #expect(outcome.status == 64, "\(arguments[0]) \(option) \(value): \(outcome.errors)")
        #expect(
          outcome.errors.hasPrefix("Error: The value '\(value)' is invalid for '\(option) <"), "\(outcome.errors)")
        let first = outcome.errors.prefix { $0 != "\n" }
        #expect(first.hasSuffix("expected \(range)") || first.hasSuffix(" from \(range)"), "\(first)")
        #expect(outcome.errors.contains("\nUsage: gpgen \(arguments[0]) "), "\(outcome.errors)")
      }
    }
    #expect(try folder.names.isEmpty)
  }

  /// Usage errors found during the run also print the command's own usage.
  @Test(arguments: [
    (["--samples", "3", "--shards", "5", "--out", "data.h5"], "generate"),
    (["stream", "recipe.yaml", "--crop", "65"], "stream"),
    (["train", "recipe.yaml", "--out", "run", "--rate", "-1"], "train"),
  ])
  func usageErrorPrintsTheUsageOfItsCommand(arguments: [String], command: String) async throws {
    try folder.write("side: 64\nlength_scales: [[4, 8]]\nsamples: 32\n", to: "recipe.yaml")
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.errors.contains("\nUsage: gpgen \(command) [<options>]"), "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\n  See 'gpgen \(command) --help' for more information.\n"), "\(outcome.errors)")
    #expect(try folder.names == ["recipe.yaml"])
  }
}
