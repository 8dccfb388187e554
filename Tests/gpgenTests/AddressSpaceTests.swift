import Testing

/// Commands under a limit on the address space, `ulimit -v`.
@Suite(.enabled(if: ProgramFolder.canLimitAddressSpace)) struct AddressSpaceTests {
  /// Whatever the limit is, a command succeeds or ends with an error message: no signal, and no wait without end, which
  /// the watchdog would end by a signal. The system may refuse to load the program at all.
  @Test(arguments: Array(stride(from: 120_000, through: 260_000, by: 10_000)))
  func commandsSucceedOrEndWithAnError(kibibytes: Int) async throws {
    let folder = try ProgramFolder()
    let recipe = ["--length-scales", "2,6", "--size", "32", "--samples", "20", "--quiet"]
    let made = try await folder.gpgen(recipe + ["--out", "data.h5"])
    try #require(made.status == 0)
    let commands = [
      ["inspect", "data.h5"], ["verify", "data.h5"], ["stream", "data.h5"], ["generate", "--out", "other.h5"] + recipe,
      ["train", "data.h5", "--out", "run", "--epochs", "1", "--batch", "4", "--threads", "2", "--quiet"],
    ]
    for command in commands {
      let outcome = try await folder.gpgen(command, addressSpace: kibibytes)
      if outcome.status == 127, outcome.errors.contains("error while loading shared libraries") { continue }
      try #require([0, 1].contains(outcome.status), "\(command): \(outcome.errors)")
      #expect((outcome.status == 1) == outcome.errors.hasPrefix("Error: "), "\(command): \(outcome.errors)")
    }
  }

  /// The limit lets the system load the program, and leaves no room for its threads.
  @Test func tooLittleForThreadsNamesTheLimit() async throws {
    let folder = try ProgramFolder()
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
