import ArgumentParser
import GaussianField
import TextureDataset

@main
struct Gpgen: AsyncParsableCommand {
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
        gpgen inspect data.h5
        gpgen verify data.h5
        gpgen train data.h5 --out run/
        gpgen evaluate run/ data.h5
      """,
    version: "0.1.0",
    subcommands: [
      GenerateCommand.self, RecipeCommand.self, InspectCommand.self, PreviewCommand.self, IndexCommand.self,
      StreamCommand.self, VerifyCommand.self, RepairCommand.self, TrainCommand.self, EvaluateCommand.self,
      PredictCommand.self, FootprintCommand.self,
    ],
    defaultSubcommand: GenerateCommand.self)

  static func main() async {
    SharedHeap.useIfAddressSpaceIsLimited()
    // Swift's own threads are waited for, for ever where there is no room for their stacks.
    guard MemoryReserve.isThere else { exit(withError: AllocationError(bytes: MemoryReserve.bytes)) }
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
      var command = try await asyncParseAsRoot()
      await run(&command)
    } catch {
      exit(withError: error)
    }
  }

  /// Runs a parsed command. A usage error that it finds only then is shown with its own usage, as parsing errors are.
  private static func run(_ command: inout any ParsableCommand) async {
    do {
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let error as ValidationError {
      let type = type(of: command)
      let name = type.configuration.commandName.map { "gpgen \($0)" } ?? "gpgen"
      note("Error: \(error.message)\nUsage: \(usageString(for: type))\n  See '\(name) --help' for more information.")
      exit(withError: ExitCode.validationFailure)
    } catch {
      exit(withError: error)
    }
  }
}
