import Foundation
import Testing

/// Interrupted runs, and resuming them.
@Suite struct InterruptionTests {
  /// About a second of work, and 10 MB.
  private static let arguments =
    (0..<8).flatMap { _ in ["--length-scales", "2,3"] } + [
      "--size", "128", "--samples", "320", "--dtype", "float16", "--threads", "1", "--out", "it's data.h5",
    ]
  /// The file of an uninterrupted run.
  private static let uninterrupted = Task {
    let folder = try ProgramFolder()
    let outcome = try await folder.gpgen(arguments + ["--quiet"])
    try #require(outcome.status == 0)
    return try folder.data("it's data.h5")
  }

  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  /// Whether pixels have been written: the structure alone takes less space.
  private static func hasPixels(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && Int(status.st_blocks) * 512 > 300_000
  }

  /// Starts a run, and sends it a signal once some samples are written.
  private func run(
    signal: Int32, launcher: [String] = [], _ arguments: [String] = Self.arguments,
    watching partial: String = "it's data.h5.partial", held: () async throws -> Void = {}
  ) async throws -> ProgramFolder.Outcome {
    let partial = folder(partial)
    return try await folder.run(
      launcher + [ProgramFolder.executable] + arguments, signal: signal, when: { Self.hasPixels(partial) }, held: held)
  }

  /// Restores signals that this process ignores, so that they reach the program.
  private static let launcher = ["/usr/bin/env", "--default-signal=INT,TERM,HUP"]
  private static let hasLauncher = ProgramFolder.works(["/usr/bin/env", "--default-signal=INT", "true"])

  @Test(
    .enabled(if: hasLauncher, "needs GNU env, to restore default signal handling"),
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func runStoppedByASignalResumes(signal: Int32) async throws {
    let outcome = try await run(signal: signal, launcher: Self.launcher)
    #expect(outcome.status == 128 + signal)
    #expect(outcome.output == "")
    let parts = outcome.errors.components(separatedBy: ". Resume with:\n  ")
    #expect(parts.first == "Stopped; finished samples are kept in it's data.h5.partial")
    #expect(try folder.names == ["it's data.h5.partial"])

    // The printed command works in a shell.
    let command = try #require(parts.last)
    let resumed = try await folder.run(["/bin/sh", "-c", command])
    #expect(resumed.status == 0)
    let kept = try #require(resumed.output.firstMatch(of: #/ \((\d+) kept\); /#)?.1)
    #expect(try (1..<320).contains(#require(Int(kept))))
    #expect(try folder.names == ["it's data.h5"])
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }

  @Test(.enabled(if: hasLauncher, "needs GNU env, to restore default signal handling"))
  func stoppedRunCountsItsUnfinishedFiles() async throws {
    let outcome = try await run(
      signal: SIGTERM, launcher: Self.launcher, Self.arguments + ["--shards", "3"],
      watching: "it's data-00000-of-00003.h5.partial")
    #expect(outcome.status == 128 + SIGTERM)
    #expect(
      outcome.errors.hasPrefix("Stopped; finished samples are kept in it's data-00000-of-00003.h5.partial and 3 more. ")
    )
    #expect(try folder.names.count == 4)
    #expect(try folder.names.allSatisfy { $0.hasSuffix(".partial") })
  }

  @Test func killedRunResumes() async throws {
    let outcome = try await run(signal: SIGKILL)
    #expect(outcome.status == 128 + SIGKILL)
    #expect(try folder.names == ["it's data.h5.partial"])
    let refused = try await folder.gpgen(Self.arguments)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("is unfinished; use --resume to continue it, or --force to start over"))
    let resumed = try await folder.gpgen(Self.arguments + ["--resume"])
    #expect(resumed.status == 0)
    #expect(resumed.output.contains(" kept); "))
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }

  @Test(.enabled(if: hasLauncher, "needs GNU env, to restore default signal handling"))
  func stoppedReplacementKeepsTheOldFileAndResumesWithoutForce() async throws {
    try folder.write("old", to: "it's data.h5")
    let outcome = try await run(signal: SIGTERM, launcher: Self.launcher, ["--force"] + Self.arguments)
    #expect(outcome.status == 128 + SIGTERM)
    #expect(!outcome.errors.contains("--force"))
    #expect(try folder.data("it's data.h5") == Data("old".utf8))
    #expect(try await folder.gpgen(Self.arguments + ["--resume", "--quiet"]).status == 0)
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }

  @Test(
    .enabled(
      if: ProgramFolder.works(["/usr/bin/env", "--ignore-signal=HUP", "true"]),
      "needs GNU env, to ignore a signal as nohup does"))
  func ignoredHangUpStaysIgnored() async throws {
    let outcome = try await run(signal: SIGHUP, launcher: ["/usr/bin/env", "--ignore-signal=HUP"])
    #expect(outcome.status == 0)
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }

  @Test func secondRunIsRefusedWhileTheFirstWrites() async throws {
    let first = try await run(signal: SIGSTOP) {
      for policy in [[], ["--resume"], ["--force"]] {
        let second = try await folder.gpgen(Self.arguments + policy)
        #expect(second.status == 1)
        #expect(
          second.errors.hasPrefix(
            "Error: it's data.h5.partial: another process is writing it; wait until it has finished"))
      }
    }
    #expect(first.status == 0)
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }

  /// Runs a command, and fills the disk while the command is stopped.
  private static let fillDisk = """
    mkdir disk && mount -t tmpfs -o size=12m gpgen disk && cd disk || exit 99
    "$@" & run=$!
    until [ "$(stat -c %b "it's data.h5.partial" 2>/dev/null || echo 0)" -gt 600 ]; do :; done
    kill -STOP $run
    head -c 20000000 /dev/zero >filler 2>/dev/null
    kill -CONT $run
    wait $run; echo status $?
    rm filler; ls
    "$@" --resume --quiet && cp *.h5 ..
    """

  /// Uses a private mount namespace for a small disk.
  @Test(
    .enabled(
      if: ProgramFolder.works(["/usr/bin/unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"]),
      "needs unshare, and permission to mount a file system"))
  func fullDiskIsReportedAndFinishedSamplesAreKept() async throws {
    let words = ["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", Self.fillDisk, "sh"]
    let outcome = try await folder.run(words + [ProgramFolder.executable] + Self.arguments)
    #expect(outcome.status == 0)
    #expect(outcome.output == "status 1\nit's data.h5.partial\n")
    #expect(outcome.errors.hasPrefix("Error: it's data.h5.partial: cannot write: No space left on device\n"))
    #expect(outcome.errors.contains("\nFinished samples are kept. Once the problem is solved, resume with:\n  "))
    #expect(outcome.errors.hasSuffix(" --resume\n"))
    #expect(try await folder.data("it's data.h5") == Self.uninterrupted.value)
  }
}
