import Foundation
import Synchronization
import Testing

/// A temporary folder in which a test runs the program as a user would; removed at the end of the test.
final class ProgramFolder: Sendable {
  /// The result of running the program.
  struct Outcome {
    /// The exit status; 128 plus the signal's number if a signal ended the program, as in a shell.
    let status: Int32
    let output: String
    let errors: String
  }

  /// The executable, which the build puts next to the tests.
  static let executable: String = {
    #if os(macOS)
      let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
    #else
      let tests = URL(filePath: CommandLine.arguments[0])
    #endif
    return tests.deletingLastPathComponent().appending(path: "gpgen").path
  }()

  let path: String
  private let logs: String
  private let runs = Mutex(0)

  init() throws {
    let root = URL(filePath: NSTemporaryDirectory()).appending(path: "gpgen-program-\(UUID().uuidString)").path
    path = root + "/work"
    logs = root
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: logs) }

  /// The path of a file in the folder.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The contents of all files in the folder, by relative path. Subfolders are listed with no bytes.
  var files: [String: Data] {
    get throws {
      var files: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
        files[name] = FileManager.default.contents(atPath: self(name)) ?? Data()
      }
      return files
    }
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: self(name))) }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

  func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: self(name))) }

  /// Runs `gpgen` and waits for it to end.
  func gpgen(_ arguments: String...) async throws -> Outcome { try await gpgen(arguments) }

  /// Runs `gpgen` and waits for it to end.
  func gpgen(_ arguments: [String]) async throws -> Outcome {
    try await run([Self.executable] + arguments)
  }

  /// Runs `gpgen` with a limit on its address space, and waits for it to end.
  func gpgen(_ arguments: [String], addressSpace kibibytes: Int) async throws -> Outcome {
    try await run(["/bin/sh", "-c", "ulimit -v \(kibibytes); exec \"$@\"", "sh", Self.executable] + arguments)
  }

  /// Whether the address space can be limited. Not with sanitizers, which reserve terabytes of it.
  static var canLimitAddressSpace: Bool {
    #if SANITIZED
      false
    #else
      works(["/bin/sh", "-c", "ulimit -v 600000"])
    #endif
  }

  /// Whether file sizes can be limited. Not with sanitizers, which map files of their own.
  static var canLimitFileSize: Bool {
    #if SANITIZED
      false
    #else
      works(["/bin/sh", "-c", "ulimit -f 1"])
    #endif
  }

  /// Runs a program and waits for it to end.
  func run(_ words: [String]) async throws -> Outcome { try await start(words).outcome() }

  /// Runs a program, and sends it a signal as soon as a condition holds.
  ///
  /// - Parameter held: called while the program is stopped by SIGSTOP, before it continues.
  func run(
    _ words: [String], signal: Int32, when condition: @escaping @Sendable () -> Bool, held: () async throws -> Void = {}
  ) async throws -> Outcome {
    let program = try start(words)
    let pid = program.process.processIdentifier
    // On a separate thread: other tests may keep the task threads busy for longer than the program runs.
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      Thread {
        while program.process.isRunning, !condition() { usleep(500) }
        if program.process.isRunning { kill(pid, signal) }
        continuation.resume()
      }.start()
    }
    if signal == SIGSTOP {
      do { try await held() } catch {
        kill(pid, SIGKILL)
        throw error
      }
      kill(pid, SIGCONT)
    }
    return try await program.outcome()
  }

  /// A started program.
  private struct Program: Sendable {
    let process: Process
    let ended: AsyncStream<Void>
    let output: String
    let errors: String

    func outcome() async throws -> Outcome {
      for await _ in ended {}
      return Outcome(
        status: process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0),
        output: String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: URL(filePath: errors)), as: UTF8.self))
    }
  }

  private func start(_ words: [String]) throws -> Program {
    let number = runs.withLock { runs in
      runs += 1
      return runs
    }
    let (output, errors) = ("\(logs)/\(number).output", "\(logs)/\(number).errors")
    let (ended, ending) = AsyncStream<Void>.makeStream()
    let process = Process()
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = URL(filePath: path)
    process.standardInput = FileHandle.nullDevice
    let files = [try Self.file(output), try Self.file(errors)]
    (process.standardOutput, process.standardError) = (files[0], files[1])
    process.terminationHandler = { _ in
      ending.finish()
    }
    try process.run()
    // The program has its own descriptors. Ours must not stay open as long as something refers to the process: with
    // about 1,350 open files, Foundation's `Process` reads beyond the entries of `/proc/self/fd` and crashes.
    for file in files { try file.close() }
    // A watchdog for a program that hangs; no run takes that long, even on a busy machine.
    DispatchQueue.global().asyncAfter(deadline: .now() + 900) { [weak process] in
      if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    return Program(process: process, ended: ended, output: output, errors: errors)
  }

  private static func file(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  /// Whether a program exits with status 0: for tests that need tools or permissions that not every machine has.
  static func works(_ words: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationReason == .exit && process.terminationStatus == 0
  }
}
