/// A font of 5 x 7 dots with the characters class names are made of; others are blank.
enum CaptionFont {
  /// The width of a character, in dots.
  static let width = 5
  /// The height of a character, in dots.
  static let height = 7
  /// From one character to the next, in dots.
  static let advance = 6

  /// The width of a text, in dots.
  static func width(of text: String) -> Int {
    max(0, text.count * advance - (advance - width))
  }

  /// A character's rows from top to bottom, the leftmost dot in bit 4.
  static func rows(of character: Character) -> [UInt8] {
    switch character {
    case "0": [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]
    case "1": [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]
    case "2": [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111]
    case "3": [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110]
    case "4": [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]
    case "5": [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]
    case "6": [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]
    case "7": [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]
    case "8": [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]
    case "9": [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]
    case ".": [0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100]
    case "-": [0b00000, 0b00000, 0b00000, 0b01110, 0b00000, 0b00000, 0b00000]
    case "+": [0b00000, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0b00000]
    case "e": [0b00000, 0b00000, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110]
    default: [0, 0, 0, 0, 0, 0, 0]
    }
  }
}
