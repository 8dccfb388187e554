import ArgumentParser
import Dispatch
import HeaderSandbox
import TextureDataset

/// Runs the command that the process's arguments name; ends the process where it fails.
///
/// To be called first of all: the process may have no other thread yet.
public func runProgram() { Gpgen.main() }

struct Gpgen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generates multi-scale Gaussian-process textures with exactly the statistics that their labels say.",
    discussion: """
      Generating is the default command; `gpgen generate --help` has its options.

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
    subcommands: [
      GenerateCommand.self, RecipeCommand.self, CovariancesCommand.self, CovarianceCommand.self, InspectCommand.self,
      PreviewCommand.self, ReferencesCommand.self,
      IndexCommand.self, SubmitCommand.self,
      StreamCommand.self, VerifyCommand.self, CertifyCommand.self, RepairCommand.self, TrainCommand.self,
      EvaluateCommand.self, PredictCommand.self, FootprintCommand.self, OracleCommand.self, ExperimentCommand.self,
      ReportCommand.self,
    ],
    defaultSubcommand: GenerateCommand.self)

  /// Not asynchronous: Swift would have started Dispatch's threads by then, and Dispatch tries for ever to start a thread
  /// for whose stack there is no room.
  static func main() {
    do {
      try AddressSpace.prepare()
    } catch {
      exit(withError: error)
    }
    HDF5Exit.leaveFilesAlone()
    if CommandLine.arguments.dropFirst().first == SandboxChild.word { SandboxChild.main() }
    // A mistyped command would be taken as an argument of the default one, which would miss its --out.
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !names.contains(word) {
      exit(
        withError: ValidationError(
          "Unknown command \"\(word)\": expected \(names.joined(separator: ", ")), or options of generate."))
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

  /// Runs an asynchronous command on Swift's own threads, and waits for its end here.
  private static func runAndWait(_ command: sending any AsyncParsableCommand) {
    let end = DispatchSemaphore(value: 0)
    Task.detached {
      var command = command
      do { try await command.run() } catch { fail(error, of: type(of: command)) }
      end.signal()
    }
    end.wait()
  }

  /// Ends the program with a command's error. A usage error that is found only as the command runs is shown with its own
  /// usage, as parsing errors are.
  private static func fail(_ error: any Error, of command: any ParsableCommand.Type) -> Never {
    guard let error = error as? ValidationError else { exit(withError: error) }
    let name = words(to: command, from: Self.self).joined(separator: " ")
    note("Error: \(error.message)\nUsage: \(usageString(for: command))\n  See '\(name) --help' for more information.")
    exit(withError: ExitCode.validationFailure)
  }

  /// The words that lead to a command; the root's alone where it is not below.
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
