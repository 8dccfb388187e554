import Foundation
import Testing

@testable import Cluster

@Suite struct SlurmSubmissionTests {
  @Test func jobIsTheLastLineThatHoldsOne() {
    #expect(SlurmSubmission.job(in: "123").map(\.job) == "123")
    #expect(
      SlurmSubmission.job(in: "Welcome to 2 clusters\n123;north\n").map { "\($0.job) \($0.cluster ?? "")" }
        == "123 north")
    for text in ["", "Submitted batch job 123", "12a", ";north"] { #expect(SlurmSubmission.job(in: text) == nil) }
  }

  @Test func variablesDoNotOverrideTheScripts() {
    let own = ["SBATCH_PARTITION": "debug", "SBATCH_ARRAY_INX": "0-3", "PATH": "/bin", "SLURM_CONF": "/etc/slurm.conf"]
    #expect(SlurmSubmission.environment(own) == ["PATH": "/bin", "SLURM_CONF": "/etc/slurm.conf"])
  }

  /// Runs both jobs with an sbatch that prints some text, and returns what it was called with.
  private func submit(printing text: String) throws -> (jobs: Result<SlurmSubmission.Jobs, ClusterError>, calls: String)
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "submission-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sbatch = folder + "/sbatch"
    try Data("#!/bin/sh\necho \"$*\" >> '\(folder)/calls'\nprintf '\(text)'\n".utf8).write(to: URL(filePath: sbatch))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sbatch)
    let scripts = try SlurmScripts(
      name: "a", work: "Work.", tasks: 2, task: .init(["true"]), lastWork: "Last.", lastTask: .init(["true"]),
      lastTakesAll: false, logsIn: folder)
    let submission = SlurmSubmission(scripts, inFolder: folder + "/a.slurm")
    let jobs = Result { () throws(ClusterError) in try submission.run(program: sbatch) }
    let calls = try String(contentsOfFile: folder + "/calls", encoding: .utf8)
    return (jobs, calls.replacing(folder, with: ""))
  }

  @Test func secondJobWaitsForTheFirstOnItsCluster() throws {
    let (jobs, calls) = try submit(printing: "a banner\\n77;north\\n")
    #expect(try jobs.get().array == "77")
    #expect(
      calls == """
        --parsable /a.slurm/array.sh
        --parsable --dependency=afterok:77 --kill-on-invalid-dep=yes --clusters=north /a.slurm/last.sh

        """)
  }

  @Test func outputWithoutAJobSaysWhereToLook() throws {
    let (jobs, calls) = try submit(printing: "maintenance\\n")
    let error = try #require(throws: ClusterError.self) { _ = try jobs.get() }
    #expect(error.code == .notSubmitted)
    #expect(error.message.hasPrefix("sbatch printed \"maintenance\", expected the number of a job; check with squeue"))
    #expect(calls.split(separator: "\n").count == 1)
  }
}
