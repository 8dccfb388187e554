import Testing

@testable import Cluster

@Suite struct SlurmScriptsTests {
  private func scripts(
    name: String = "data.h5", task: SlurmScripts.Command = .init(["/bin/gpgen", "--array"]), tasks: Int = 3,
    logs: String = "/work/data.h5.slurm", options: SlurmOptions = SlurmOptions(), lastTakesAll: Bool = false
  ) throws -> SlurmScripts {
    try SlurmScripts(
      name: name, work: "Makes \(name).", tasks: tasks, task: task, lastWork: "Makes the index.",
      lastTask: .init(["/bin/gpgen", "index"]), lastTakesAll: lastTakesAll, logsIn: logs, options: options)
  }

  @Test func arrayAndLastJobAreWhole() throws {
    let options = SlurmOptions(
      partition: "long", time: "1-00:00:00", cpus: 4, memory: "2G", simultaneousTasks: 20, more: ["--account=physics"])
    let scripts = try scripts(
      task: .init(["/bin/gpgen", "--recipe", "-"], input: "side: 8\n"), tasks: 200, options: options)
    #expect(
      scripts.array == """
        #!/bin/sh
        # Makes data.h5.
        #SBATCH --job-name=data.h5
        #SBATCH --array=0-199%20
        #SBATCH --ntasks=1
        #SBATCH --requeue
        #SBATCH --output=/work/data.h5.slurm/array-%A_%a.log
        #SBATCH --open-mode=append
        #SBATCH --partition=long
        #SBATCH --time=1-00:00:00
        #SBATCH --cpus-per-task=4
        #SBATCH --mem=2G
        #SBATCH --account=physics
        exec /bin/gpgen --recipe - <<'INPUT'
        side: 8
        INPUT

        """)
    #expect(
      scripts.last == """
        #!/bin/sh
        # Makes the index.
        #SBATCH --job-name=data.h5
        #SBATCH --ntasks=1
        #SBATCH --output=/work/data.h5.slurm/last-%j.log
        #SBATCH --partition=long
        #SBATCH --time=1-00:00:00
        #SBATCH --account=physics
        exec /bin/gpgen index

        """)
    #expect(
      try self.scripts(options: options, lastTakesAll: true).last.contains("--cpus-per-task=4\n#SBATCH --mem=2G\n"))
  }

  @Test func namesAreQuotedForTheShellAndForSlurm() throws {
    let name = "it's $HOME; #1 \"50%j\".h5"
    let scripts = try scripts(name: name, task: .init(["/my tools/gpgen", "--out", name]), logs: "/work/" + name)
    #expect(scripts.array.contains("\nexec '/my tools/gpgen' --out 'it'\\''s $HOME; #1 \"50%j\".h5'\n"))
    #expect(scripts.array.contains("\n#SBATCH \"--job-name=it's $HOME; #1 \\\"50%j\\\".h5\"\n"))
    #expect(
      scripts.array.contains("\n#SBATCH \"--output=/work/it's $HOME; #1 \\\"50%%j\\\".h5/array-%A_%a.log\"\n"))
    #expect(try SlurmScripts.directive("--comment=Größe") == "\"--comment=Größe\"")
  }

  @Test(arguments: ["two\nlines", "a\\b", "\u{1}", "\u{7F}", "\r"])
  func namesThatNoScriptCanHoldAreRefused(name: String) throws {
    for make in [
      { try self.scripts(name: name) }, { try self.scripts(task: .init([name])) }, { try self.scripts(logs: name) },
    ] {
      let error = try #require(throws: ClusterError.self) { _ = try make() }
      #expect(error.code == .invalidJob)
      #expect(error.message.hasSuffix("which a Slurm script cannot hold; choose another name"))
    }
  }

  @Test func inputThatHoldsTheMarkIsKeptWhole() throws {
    let scripts = try scripts(task: .init(["cat"], input: "a\nINPUT\nINPUT_\nb"))
    #expect(scripts.array.hasSuffix("\nexec cat <<'INPUT__'\na\nINPUT\nINPUT_\nb\nINPUT__\n"))
  }

  @Test(arguments: [
    ("account=physics", "expected an option of sbatch in one word"), ("-", "expected an option"),
    ("--array=0-3", "the array has a task for each of --tasks"), ("-a0-3", "the array has a task"),
    ("--dependency=after:1", "the second job waits for the first"), ("-n4", "each task of the array is one process"),
    ("--ntasks=4", "each task of the array is one process"), ("--arr=0-3", "the array has a task for each of --tasks"),
    ("--dep=after:1", "the second job waits for the first"), ("--ntask=2", "each task of the array is one process"),
  ])
  func optionThatTheScriptsSetIsRefused(option: String, message: String) throws {
    let error = try #require(throws: ClusterError.self) { _ = try scripts(options: SlurmOptions(more: [option])) }
    #expect(error.message.contains(message))
    for other in ["--account=a", "--nodelist=a", "--ntasks-per-node=1", "--array-bind", "-N1"] {
      #expect(try scripts(options: SlurmOptions(more: [other])).array.contains("\n#SBATCH \(other)\n"))
    }
  }
}
