import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Valid and hostile headers of .npy files.
@Suite struct NumPyFileTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func write(_ header: Data, numbers: Int) throws {
    try (header + Data(count: numbers)).write(to: URL(filePath: folder("a.npy")))
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 5), }", 4, [3, 4, 5]),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", 8, [3]),
    ("{\"shape\": (2, 8), \"descr\": \"<f2\", \"fortran_order\": False}", 2, [2, 8]),
  ])
  func headersAreRead(text: String, bytes: Int, shape: [Int]) throws {
    for version in UInt8(1)...3 {
      let header = NumPyBytes.header(text, version: version)
      try write(header, numbers: bytes * shape.reduce(1, *))
      let file = try NumPyFile(folder("a.npy"))
      #expect(file.shape == shape && file.element.bytes == bytes && file.offset == header.count)
      #expect(NumPyFile.isNumPy(folder("a.npy")))
    }
  }

  @Test(arguments: [
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (3, 4), }", "<f4, <f8 or <f2"),
    ("{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), }", "<f4, <f8 or <f2"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 4), }", "plain numbers"),
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }", "Fortran"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3, -4), }", "plain numbers"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "plain numbers"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904), }",
      "larger than any file"
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (300, 400), }", "truncated"),
    ("{'descr': '<f4', 'fortran_order': False", "plain numbers"), ("", "plain numbers"),
    ("{'descr': , 'fortran_order': , 'shape': , }", "plain numbers"),
    // No control characters that a terminal would interpret.
    ("\u{1B}[2J", "plain numbers: \"\\u{1B}[2J"),
    ("{'descr': '\u{1B}[2J', 'fortran_order': False, 'shape': (3, 4), }", "\"\\u{1B}[2J\""),
  ])
  func badHeadersAreRefused(text: String, message: String) throws {
    try write(NumPyBytes.header(text), numbers: 48)
    let error = try #require(throws: DatasetError.self) { try NumPyFile(folder("a.npy")) }
    #expect(error.code == .invalidFile && error.message.contains(message), "\(error)")
  }

  @Test func truncatedAndOverlongHeadersAreRefused() throws {
    let header = NumPyBytes.header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }")
    for count in [0, 6, 9, 11, 40] {
      try header.prefix(count).write(to: URL(filePath: folder("a.npy")))
      #expect(throws: DatasetError.self) { try NumPyFile(folder("a.npy")) }
    }
    var long = NumPyBytes.header("{}", version: 2)
    long.replaceSubrange(8..<12, with: [0xFF, 0xFF, 0xFF, 0x7F])
    try long.write(to: URL(filePath: folder("a.npy")))
    #expect(throws: DatasetError.self) { try NumPyFile(folder("a.npy")) }
    #expect(throws: DatasetError.self) { try NumPyFile(folder.path) }
  }

  @Test func shapesOtherThanTheRecipesAreRefused() throws {
    try write(NumPyBytes.header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 8, 9), }"), numbers: 3 * 72 * 4)
    let shape = FieldShape.image(height: 9, width: 8)
    let error = try #require(throws: DatasetError.self) {
      try Textures(foreign: folder("a.npy"), dataset: nil, shape: shape)
    }
    #expect(error.message.contains("[3, 8, 9]; expected (samples, 9, 8)"))
    #expect(try Textures(foreign: folder("a.npy"), dataset: nil, shape: .image(height: 8, width: 9)).samples == 0..<3)
    #expect(throws: DatasetError.self) {
      try Textures(foreign: folder("a.npy"), dataset: "image", shape: .image(height: 8, width: 9))
    }
  }
}
