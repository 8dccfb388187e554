import Foundation
import TextureDataset

/// Says something beside the results, on standard error; nothing where nobody listens any more, as after a hang-up.
func note(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
}

/// Prints a result and a line's end on standard output.
///
/// - Throws: where standard output does not take it, as on a full disk.
func printResult(_ text: String) throws(FileProblem) {
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  } catch {
    throw FileProblem(description: "standard output: cannot write: \(String(cString: strerror(errno)))")
  }
}

/// This command line with `option` in place of `removed`, quoted for a shell.
func commandLine(adding option: String, removing removed: String) -> String {
  let words = CommandLine.arguments.filter { $0 != removed && $0 != option } + [option]
  return words.map(shellWord).joined(separator: " ")
}
