import Foundation
import TextureDataset

/// Writes the scripts of an array and of the job that follows it, and submits both.
public struct SlurmSubmission: Sendable {
  /// The jobs' numbers, as sbatch prints them.
  public struct Jobs: Sendable {
    /// Of the array.
    public let array: String
    /// Of the job that follows it.
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

  /// Submits the jobs. Blocks until Slurm has taken both.
  ///
  /// - Parameter program: the path of sbatch; found along `PATH` where none is given.
  /// - Throws: ``ClusterError`` with code `.fileSystem`, or `.notSubmitted` with what sbatch said, and which job was
  ///   submitted where one was.
  public func run(program: String? = nil) throws(ClusterError) -> Jobs {
    guard let sbatch = program ?? Self.found("sbatch") else {
      throw ClusterError(
        .notSubmitted,
        "sbatch: not found along PATH; run this where jobs are submitted, or use --dry-run to see the scripts")
    }
    do {
      // The folder has to be there before a job begins: Slurm ends one whose log it cannot write.
      try replaceFile(arrayPath, with: Array(scripts.array.utf8))
      try replaceFile(lastPath, with: Array(scripts.last.utf8))
    } catch {
      throw ClusterError(.fileSystem, error.message, cause: error)
    }
    let answer = try Self.submit(sbatch, ["--parsable", arrayPath])
    // "123", or "123;cluster".
    let parts = answer.split(separator: ";", maxSplits: 1).map(String.init)
    let (array, cluster) = (parts[0], parts.count > 1 ? parts[1] : nil)
    do {
      let last = try Self.submit(
        sbatch, ["--parsable"] + Self.following(array, onCluster: cluster) + [lastPath])
      return Jobs(array: array, last: last.split(separator: ";").first.map(String.init) ?? last)
    } catch {
      let again = (["sbatch"] + Self.following(array, onCluster: cluster) + [lastPath]).map(shellWord)
      throw ClusterError(
        .notSubmitted,
        "\(error.message)\nThe array is submitted, as job \(array), and the job that follows it is not. Submit that with:\n  "
          + again.joined(separator: " "), cause: error)
    }
  }

  /// The options of a job that waits for another to succeed, and that Slurm removes where it fails.
  private static func following(_ job: String, onCluster cluster: String?) -> [String] {
    ["--dependency=afterok:\(job)", "--kill-on-invalid-dep=yes"] + (cluster.map { ["--clusters=\($0)"] } ?? [])
  }

  /// Runs sbatch, and returns the job's number.
  private static func submit(_ sbatch: String, _ arguments: [String]) throws(ClusterError) -> String {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: sbatch)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (output, errors)
    do {
      try process.run()
    } catch {
      throw ClusterError(.notSubmitted, "\(sbatch): cannot be started: \(error.localizedDescription)", cause: error)
    }
    // Both are short: neither fills its pipe while the other is read.
    let lines = [output, errors].map { pipe in
      String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ClusterError(
        .notSubmitted, "sbatch refused \(arguments.last ?? ""): \(lines[1].isEmpty ? "it says nothing" : lines[1])")
    }
    guard lines[0].first?.isNumber == true else {
      throw ClusterError(.notSubmitted, "sbatch printed \"\(lines[0])\", expected the number of a job")
    }
    return lines[0]
  }

  private static func found(_ program: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return folders.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }
}
