import Foundation
import Testing

/// `gpgen submit slurm`, with a script in place of sbatch, and the commands in its scripts.
@Suite struct SubmitTests {
  private let folder: ProgramFolder

  init() throws {
    folder = try ProgramFolder()
    try folder.write(
      "side: 16\nlength_scales: [[2, 3]]\nweights: [1]\nsamples: 7\n", to: "recipe.yaml")
  }

  /// Installs a script as sbatch.
  private func sbatch(_ script: String) throws {
    try FileManager.default.createDirectory(atPath: folder("bin"), withIntermediateDirectories: true)
    try folder.write("#!/bin/sh\n\(script)\n", to: "bin/sbatch")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder("bin/sbatch"))
  }

  private func submit(_ arguments: String..., path: String? = nil) async throws -> ProgramFolder.Outcome {
    try await folder.run(
      ["/usr/bin/env", "PATH=\(path ?? folder("bin") + ":/usr/bin:/bin")", ProgramFolder.executable, "submit", "slurm"]
        + arguments)
  }

  @Test func scriptsGiveTheDatasetOfOneRun() async throws {
    let out = "my data/it's.h5"
    try sbatch("printf '%s\\n' \"$*\" >>'\(folder("calls"))'; echo 41")
    let outcome = try await submit(
      "recipe.yaml", "--shards", "5", "--tasks", "2", "--out", out, "--cpus", "2", "--partition", "short")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let scripts = folder("\(out).slurm")
    #expect(
      outcome.output
        == "job 41   2 tasks\njob 41   starts when all have succeeded\nscripts and logs   \(scripts)/\n")
    #expect(
      try folder.text("calls") == """
        --parsable \(scripts)/array.sh
        --parsable --dependency=afterok:41 --kill-on-invalid-dep=yes \(scripts)/last.sh

        """)
    // Run the scripts as Slurm would, from any folder.
    for task in ["1", "0"] {
      let run = try await folder.run(
        ["/usr/bin/env", "-C", "/", "SLURM_ARRAY_TASK_ID=\(task)", "/bin/sh", "\(scripts)/array.sh"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors == "This is task \(task) of 2, from the Slurm array (SLURM_ARRAY_TASK_ID=\(task))\n")
    }
    let last = try await folder.run(["/usr/bin/env", "-C", "/", "/bin/sh", "\(scripts)/last.sh"])
    #expect(last.output == "\(folder(out)): 7 samples in 5 shards\n")
    let other = try ProgramFolder()
    try other.write(try folder.text("recipe.yaml"), to: "recipe.yaml")
    #expect(try await other.gpgen("--recipe", "recipe.yaml", "--out", "my data/it's.h5", "--shards", "5").status == 0)
    for (name, data) in try other.files where name.hasSuffix(".h5") { #expect(try folder.data(name) == data) }
  }

  @Test func dryRunPrintsBothScriptsAndWritesNothing() async throws {
    let before = try folder.names
    let outcome = try await submit("recipe.yaml", "--tasks", "3", "--out", "data.h5", "--dry-run", path: "/nowhere")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.hasPrefix(
        "### \(folder("data.h5.slurm/array.sh"))\n#!/bin/sh\n# Generates data.h5, 7 samples in 3 shards"))
    #expect(outcome.output.contains("\n#SBATCH --array=0-2\n"))
    #expect(outcome.output.contains(" --shards 3 --array --task-count 3 --resume <<'INPUT'\n"))
    #expect(outcome.output.contains("\n### \(folder("data.h5.slurm/last.sh"))\n#!/bin/sh\n"))
    #expect(outcome.output.contains(" index \(folder("data.h5")) --task-count 3\n"))
    #expect(outcome.output.contains("\njob=$(sbatch --parsable \(folder("data.h5.slurm/array.sh")))\n"))
    #expect(try folder.names == before)
  }

  @Test func experimentIsSplitByItsCells() async throws {
    try folder.write(
      """
      recipe: {side: 16, length_scales: [[2, 3]], weights: [1]}
      training_samples: 8
      test_samples: 4
      methods: {none: , masks: {coarse_mask: 0.5}}
      seeds: 1
      steps: 1
      """, to: "two.yaml")
    let outcome = try await submit("two.yaml", "--tasks", "2", "--out", "results/", "--cpus", "4", "--dry-run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let command = "experiment \(folder("two.yaml")) --out \(folder("results")) --jobs "
    #expect(outcome.output.contains(command))
    #expect(outcome.output.contains(" --array --task-count 2\n"))
    #expect(outcome.output.contains("### \(folder("results/slurm/last.sh"))\n"))
    #expect(
      try await submit("two.yaml", "--tasks", "1", "--allow-rounding", "--out", "r/").errors.contains(
        "--allow-rounding applies to recipes only"))
    let more = try await submit("two.yaml", "--tasks", "3", "--out", "results/", "--dry-run")
    #expect(more.errors.hasPrefix("Error: 3 tasks for 2 parts of the experiment"))
    #expect(
      try await submit("two.yaml", "--tasks", "1", "--shards", "2", "--out", "r/").errors.contains(
        "--shards applies to recipes only"))
  }

  /// What every task would refuse is refused before anything waits in a queue.
  @Test func existingDatasetsAreNoticed() async throws {
    try sbatch("echo 7")
    let words = ["--tasks", "3", "--out", "data.h5"]
    func outcome() async throws -> ProgramFolder.Outcome {
      try await submit("recipe.yaml", words[0], words[1], words[2], words[3])
    }
    // A single file in the index's place.
    #expect(try await folder.gpgen(["--recipe", "recipe.yaml", "--out", "data.h5", "--quiet"]).status == 0)
    #expect(try await outcome().errors.contains("data.h5: belongs to another finished dataset: it has 1 shard, not 3"))
    // Shards of another recipe, and of another number.
    for (options, message) in [
      (["--seed", "9", "--shards", "3"], "belongs to another finished dataset: its recipe differs in seed"),
      (["--shards", "2"], "the existing dataset of this name does not have 3 shards"),
    ] {
      #expect(
        try await folder.gpgen(
          ["--recipe", "recipe.yaml", "--out", "data.h5", "--quiet", "--force"] + options
        ).status == 0)
      let refused = try await outcome()
      #expect(refused.status == 1 && refused.errors.contains(message), "\(refused.errors)")
    }
    // The same dataset, finished, and with a shard missing.
    #expect(
      try await folder.gpgen(
        ["--recipe", "recipe.yaml", "--out", "data.h5", "--quiet", "--force", "--shards", "3"]).status == 0)
    #expect(try await outcome().output == "data.h5: already complete; nothing to submit\n")
    try FileManager.default.removeItem(atPath: folder("data-00001-of-00003.h5"))
    let missing = try await outcome()
    #expect(missing.status == 0 && missing.output.hasPrefix("job 7"), "\(missing.errors)")
  }

  @Test func relativeProgramIsFoundFromEveryFolder() async throws {
    let outcome = try await submit(
      "recipe.yaml", "--tasks", "3", "--out", "data.h5", "--dry-run", "--program", "bin/gpgen", "--allow-rounding")
    #expect(outcome.output.contains("exec \(folder("bin/gpgen")) generate "), "\(outcome.errors)")
    #expect(outcome.output.contains(" --resume --allow-rounding <<'INPUT'\n"))
    let named = try await submit("recipe.yaml", "--tasks", "3", "--out", "data.h5", "--dry-run", "--program", "gpgen")
    #expect(named.output.contains("exec gpgen generate "))
  }

  @Test func wrongOptionsAreRefused() async throws {
    for (arguments, message) in [
      (["--shards", "3", "--tasks", "4"], "Error: 4 tasks for 3 shards: expected at least one shard per task"),
      (["--tasks", "8"], "Error: 8 shards for 7 samples: expected at most one shard per sample"),
      (["--tasks", "2", "--quick"], "Error: --quick applies to experiments only; recipe.yaml is a recipe."),
      (["--tasks", "2", "--sbatch=--array=0-9"], "Error: --sbatch: --array=0-9 cannot be set"),
      (["--tasks", "2", "--program", "a\nb"], "Error: \"a\\nb\": contains a line break"),
    ] {
      let outcome = try await folder.gpgen(["submit", "slurm", "recipe.yaml", "--out", "data.h5"] + arguments)
      #expect(outcome.status == 64)
      #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
      #expect(outcome.errors.hasSuffix("See 'gpgen submit slurm --help' for more information.\n"))
    }
    #expect(try folder.names == ["recipe.yaml"])
  }

  @Test func errorsOfSbatchAreReported() async throws {
    let words = ["recipe.yaml", "--tasks", "2", "--out", "data.h5"]
    let missing = try await submit(words[0], words[1], words[2], words[3], words[4], path: "/nowhere")
    #expect(missing.status == 1)
    #expect(missing.errors.hasPrefix("Error: sbatch: not found along PATH; run this on a machine that submits jobs"))
    try sbatch("echo 'sbatch: error: invalid partition' >&2; exit 1")
    let refused = try await submit(words[0], words[1], words[2], words[3], words[4])
    #expect(refused.status == 1)
    #expect(
      refused.errors == "Error: sbatch refused \(folder("data.h5.slurm/array.sh")): sbatch: error: invalid partition\n")
    try sbatch("case \"$*\" in *depend*) echo no >&2; exit 1;; esac; echo '7;north'")
    let half = try await submit(words[0], words[1], words[2], words[3], words[4])
    #expect(half.status == 1)
    #expect(
      half.errors.contains(
        "The array was submitted as job 7. Submit the job that follows it with:\n"
          + "  sbatch --dependency=afterok:7 --kill-on-invalid-dep=yes --clusters=north \(folder("data.h5.slurm/last.sh"))"
      ))
  }
}
