import Foundation
import TextureDataset

/// Prints a message on standard error. Ignores errors, such as those after a hang-up.
func note(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
}

/// Prints a result and a line break on standard output.
///
/// - Throws: ``FileProblem`` if writing fails, as on a full disk.
func printResult(_ text: String) throws(FileProblem) {
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  } catch {
    throw FileProblem(description: "standard output: cannot write: \(String(cString: strerror(errno)))")
  }
}

/// This command line with `removed` replaced by `option`, and the task given by options, quoted for a shell.
func commandLine(adding option: String, removing removed: String, task: TaskOptions.Task? = nil) -> String {
  let words = TaskOptions.explicit(CommandLine.arguments.filter { $0 != removed && $0 != option }, task) + [option]
  return words.map(shellWord).joined(separator: " ")
}
