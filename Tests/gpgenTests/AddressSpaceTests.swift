import Testing

/// Commands under a limit on the address space, `ulimit -v`.
@Suite(.enabled(if: ProgramFolder.canLimitAddressSpace)) struct AddressSpaceTests {
  private let folder: ProgramFolder
  private static let recipe = ["--length-scales", "2,6", "--size", "32", "--samples", "20", "--quiet"]

  init() async throws {
    folder = try ProgramFolder()
    let made = try await folder.gpgen(Self.recipe + ["--out", "data.h5"])
    try #require(made.status == 0)
  }

  /// Checks that each command succeeds or ends with an error message, not by a signal: the watchdog kills one that hangs.
  /// The system may refuse to load the program at all.
  private func checkCommands(kibibytes: Int) async throws {
    let commands = [
      ["inspect", "data.h5"], ["verify", "data.h5"], ["stream", "data.h5"],
      ["generate", "--out", "other.h5", "--force"] + Self.recipe,
      ["train", "data.h5", "--out", "run", "--force", "--epochs", "1", "--batch", "4", "--threads", "2", "--quiet"],
    ]
    for command in commands {
      let outcome = try await folder.gpgen(command, addressSpace: kibibytes)
      if outcome.status == 127, outcome.errors.contains("error while loading shared libraries") { continue }
      try #require([0, 1].contains(outcome.status), "\(kibibytes) KiB, \(command): \(outcome.errors)")
      #expect(
        (outcome.status == 1) == outcome.errors.hasPrefix("Error: "), "\(kibibytes) KiB, \(command): \(outcome.errors)")
    }
  }

  @Test(arguments: Array(stride(from: 120_000, through: 260_000, by: 20_000)))
  func commandsSucceedOrEndWithAnError(kibibytes: Int) async throws {
    try await checkCommands(kibibytes: kibibytes)
  }

  /// Where the check at startup barely passes, only its reserve is left.
  @Test func minimumAddressSpaceIsEnoughForErrors() async throws {
    var (tooLittle, enough) = (100_000, 600_000)
    while enough - tooLittle > 500 {
      let middle = (tooLittle + enough) / 2
      let works = try await folder.gpgen(["inspect", "data.h5"], addressSpace: middle).status == 0
      if works { enough = middle } else { tooLittle = middle }
    }
    for kibibytes in stride(from: enough - 1500, through: enough + 2000, by: 500) {
      try await checkCommands(kibibytes: kibibytes)
    }
  }

  /// The limit lets the system load the program, but not start its threads.
  @Test func tooLittleForThreadsNamesTheLimit() async throws {
    var message: String?
    for kibibytes in stride(from: 120_000, through: 260_000, by: 5000) where message == nil {
      let outcome = try await folder.gpgen(["recipe", "--scales", "2"], addressSpace: kibibytes)
      if outcome.status == 1 { message = outcome.errors }
    }
    let text = try #require(message)
    let expected = #/Error: out of memory: the program needs \d+ MiB of address space .*\(ulimit -v\)\n/#
    #expect(text.wholeMatch(of: expected) != nil, "\(text)")
  }
}
