import Foundation
import TextureDataset

/// Writes and submits the scripts of an array and of the job that follows it.
public struct SlurmSubmission: Sendable {
  /// The jobs' numbers.
  public struct Jobs: Sendable {
    /// The array's number.
    public let array: String
    /// The number of the job that follows it.
    public let last: String
  }

  /// The scripts.
  public let scripts: SlurmScripts
  /// The folder of the scripts and the logs.
  public let folder: String

  /// - Parameter folder: an absolute path.
  public init(_ scripts: SlurmScripts, inFolder folder: String) {
    self.scripts = scripts
    self.folder = folder
  }

  /// The array's script.
  public var arrayPath: String { folder + "/array.sh" }
  /// The last job's script.
  public var lastPath: String { folder + "/last.sh" }

  /// Both scripts, and the commands that submit them.
  public var text: String {
    let submit = "sbatch --parsable \(shellWord(arrayPath))"
    let follow =
      "sbatch \(Self.following("$job", onCluster: nil).joined(separator: " ")) \(shellWord(lastPath))"
    return """
      ### \(arrayPath)
      \(scripts.array)
      ### \(lastPath)
      \(scripts.last)
      ### submitted by
      job=$(\(submit))
      \(follow)
      """
  }

  /// Submits the jobs. Blocks until Slurm has accepted both.
  ///
  /// - Parameter program: the path of sbatch; by default it is found along `PATH`.
  /// - Throws: ``ClusterError`` with code `.fileSystem`, or `.notSubmitted` with the output of sbatch and the job that was
  ///   submitted, if one was.
  public func run(program: String? = nil) throws(ClusterError) -> Jobs {
    guard let sbatch = program ?? Self.found("sbatch") else {
      throw ClusterError(
        .notSubmitted,
        "sbatch: not found along PATH; run this on a machine that submits jobs, or use --dry-run to see the scripts")
    }
    do {
      // The folder must exist before a job starts: Slurm ends a job whose log it cannot write.
      try replaceFile(arrayPath, with: Array(scripts.array.utf8))
      try replaceFile(lastPath, with: Array(scripts.last.utf8))
    } catch {
      throw ClusterError(.fileSystem, error.message, cause: error)
    }
    let (array, cluster) = try Self.submit(sbatch, ["--parsable", arrayPath])
    do {
      let last = try Self.submit(sbatch, ["--parsable"] + Self.following(array, onCluster: cluster) + [lastPath])
      return Jobs(array: array, last: last.job)
    } catch {
      let again = (["sbatch"] + Self.following(array, onCluster: cluster) + [lastPath]).map(shellWord)
      throw ClusterError(
        .notSubmitted,
        "\(error.message)\nThe array was submitted as job \(array). Submit the job that follows it with:\n  "
          + again.joined(separator: " "), cause: error)
    }
  }

  /// The options of a job that waits for another to succeed, and that Slurm removes if the other fails.
  private static func following(_ job: String, onCluster cluster: String?) -> [String] {
    ["--dependency=afterok:\(job)", "--kill-on-invalid-dep=yes"] + (cluster.map { ["--clusters=\($0)"] } ?? [])
  }

  /// The environment of sbatch: this one without the variables that set options of sbatch, which override the scripts'.
  static func environment(_ own: [String: String] = ProcessInfo.processInfo.environment) -> [String: String] {
    own.filter { !$0.key.hasPrefix("SBATCH_") }
  }

  /// The job's number, and the cluster's name if there are several, in what `sbatch --parsable` prints: "123", or
  /// "123;cluster", in a line of its own. Nil if there is no such line.
  static func job(in output: String) -> (job: String, cluster: String?)? {
    for line in output.split(whereSeparator: \.isNewline).reversed() {
      let parts = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if let number = parts.first, !number.isEmpty, number.allSatisfy({ ("0"..."9").contains($0) }) {
        return (number, parts.count > 1 ? parts[1] : nil)
      }
    }
    return nil
  }

  /// Runs sbatch, and returns the job's number.
  private static func submit(
    _ sbatch: String, _ arguments: [String]
  ) throws(ClusterError) -> (job: String, cluster: String?) {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: sbatch)
    process.arguments = arguments
    process.environment = environment()
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (output, errors)
    do {
      try process.run()
    } catch {
      throw ClusterError(.notSubmitted, "\(sbatch): cannot be started: \(error.localizedDescription)", cause: error)
    }
    // Both outputs are short: neither fills its pipe while the other is read.
    let lines = [output, errors].map { pipe in
      String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ClusterError(
        .notSubmitted, "sbatch refused \(arguments.last ?? ""): \(lines[1].isEmpty ? "no message" : lines[1])")
    }
    guard let job = job(in: lines[0]) else {
      throw ClusterError(
        .notSubmitted,
        "sbatch printed \"\(lines[0])\", expected the number of a job; check with squeue whether \(arguments.last ?? "") was "
          + "submitted")
    }
    return job
  }

  private static func found(_ program: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return folders.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }
}
