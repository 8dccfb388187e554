/// The captions of a contact sheet: class and sample, abbreviated in all tiles if one would be too long.
struct ContactSheetCaptions: Equatable, Sendable {
  /// The lines of each tile, equally many.
  let lines: [[String]]
  /// The meaning of abbreviations, if there are any.
  let key: String?

  /// - Parameters:
  ///   - entries: one for each tile.
  ///   - room: the maximum width of a caption, in dots of the font.
  init(_ entries: [ContactSheet.Entry], room: Int) {
    func fits(_ texts: [String]) -> Bool { texts.allSatisfy { CaptionFont.width(of: $0) <= room } }
    let names = entries.map(\.className)
    let words = entries.map { "class \($0.classIndex), sample \($0.sample)" }
    let letters = entries.map { "c\($0.classIndex) s\($0.sample)" }
    let numbers = fits(words) ? words : letters
    if fits(numbers) {
      // A truncated name could be that of another class.
      lines = fits(names) ? zip(names, numbers).map { [$0, $1] } : numbers.map { [$0] }
    } else {
      let samples = entries.map { "s\($0.sample)" }
      lines = zip(entries, samples).map { fits(samples) ? ["c\($0.classIndex)", $1] : ["c\($0.classIndex)"] }
    }
    key = numbers == words ? nil : "c: class, s: sample"
  }

  var lineCount: Int { lines.first?.count ?? 0 }

  /// The width of the widest line, in dots.
  var width: Int { lines.joined().map { CaptionFont.width(of: $0) }.max() ?? 0 }
}
