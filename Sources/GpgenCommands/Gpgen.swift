import ArgumentParser
import Dispatch
import HeaderSandbox
import TextureDataset

/// Runs the command that the process's arguments name. Exits the process if the command fails.
///
/// Call it first: the process may not have a second thread yet.
public func runProgram() { Gpgen.main() }

struct Gpgen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate multi-scale Gaussian-process textures with exactly known statistics.",
    discussion: """
      `generate` is the default command; `gpgen generate --help` lists its options.

      EXAMPLES:
        gpgen --scales 2 --out data.h5 --previews previews/
        gpgen --preset backdrop-2018 --out paper.h5
        gpgen --length-scales 4,5 --length-scales 30,60 --size 256 --out e.h5
        gpgen recipe --scales 2 > recipe.yaml
        gpgen --recipe recipe.yaml --shards 8 --out data.h5
        gpgen submit slurm recipe.yaml --shards 1000 --tasks 200 --out data.h5
        gpgen inspect data.h5
        gpgen verify data.h5
        gpgen certify data.h5
        gpgen train data.h5 --out run/
        gpgen evaluate run/ data.h5
        gpgen oracle data.h5
        gpgen experiment experiments/two-scale.yaml --out results/
        gpgen report data.h5 run/ --out report.html
      """,
    version: "0.1.0",
    // The help screen adds " SUBCOMMANDS" to each name.
    groupedSubcommands: [
      CommandGroup(name: "Dataset", subcommands: [GenerateCommand.self, RecipeCommand.self, IndexCommand.self]),
      CommandGroup(
        name: "Inspection",
        subcommands: [
          InspectCommand.self, PreviewCommand.self, StreamCommand.self, ReferencesCommand.self, ReportCommand.self,
        ]),
      CommandGroup(
        name: "Verification", subcommands: [VerifyCommand.self, CertifyCommand.self, RepairCommand.self]),
      CommandGroup(
        name: "Ground truth", subcommands: [CovariancesCommand.self, CovarianceCommand.self, OracleCommand.self]),
      CommandGroup(
        name: "Training",
        subcommands: [TrainCommand.self, EvaluateCommand.self, PredictCommand.self, FootprintCommand.self]),
      CommandGroup(name: "Experiment and cluster", subcommands: [ExperimentCommand.self, SubmitCommand.self]),
    ],
    defaultSubcommand: GenerateCommand.self)

  /// Not `async`: Swift would already have started Dispatch's threads, and Dispatch retries forever when there is no
  /// room for a thread's stack.
  static func main() {
    do {
      try AddressSpace.prepare()
    } catch {
      exit(withError: error)
    }
    HDF5Exit.leaveFilesAlone()
    if CommandLine.arguments.dropFirst().first == SandboxChild.word { SandboxChild.main() }
    // A mistyped command would be parsed as an argument of the default one, which would report a missing --out.
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !names.contains(word) {
      exit(
        withError: ValidationError(
          "Unknown command \"\(word)\": expected \(names.joined(separator: ", ")), or the options of generate."))
    }
    do {
      var command = try parseAsRoot()
      if let asynchronous = command as? any AsyncParsableCommand {
        runAndWait(asynchronous)
      } else {
        do { try command.run() } catch { fail(error, of: type(of: command)) }
      }
    } catch {
      exit(withError: error)
    }
  }

  /// Runs an asynchronous command on Swift's own threads and blocks until it ends.
  private static func runAndWait(_ command: sending any AsyncParsableCommand) {
    let end = DispatchSemaphore(value: 0)
    Task.detached {
      var command = command
      do { try await command.run() } catch { fail(error, of: type(of: command)) }
      end.signal()
    }
    end.wait()
  }

  /// Exits with a command's error. A usage error that is found while the command runs is shown with the command's usage,
  /// as parsing errors are.
  private static func fail(_ error: any Error, of command: any ParsableCommand.Type) -> Never {
    guard let error = error as? ValidationError else { exit(withError: error) }
    let name = words(to: command, from: Self.self).joined(separator: " ")
    note("Error: \(error.message)\nUsage: \(usageString(for: command))\n  See '\(name) --help' for more information.")
    exit(withError: ExitCode.validationFailure)
  }

  /// The words that lead to a command, or only the root's name if the command is not below it.
  private static func words(to command: any ParsableCommand.Type, from root: any ParsableCommand.Type) -> [String] {
    let own = root.configuration.commandName ?? "gpgen"
    for child in root.configuration.subcommands {
      if child == command { return [own, child.configuration.commandName ?? "\(child)"] }
      let below = words(to: command, from: child)
      if below.count > 1 { return [own] + below }
    }
    return [own]
  }
}
