import CHDF5
import Foundation

/// The datasets at the root of an HDF5 file made by any program.
package enum ForeignHDF5 {
  /// The structure of a dataset.
  struct Entry {
    let name: String
    let shape: [Int]
    /// Nil unless the elements are little-endian floats.
    let element: Textures.Element?
    let layout: HDF5Dataset.Layout
    /// The offset of a contiguous dataset, in bytes; nil if it is not allocated in the file.
    let offset: Int?
  }

  private static let maximumLinks = 10_000

  /// Reads the structure of all datasets at the root, or of one.
  ///
  /// - Parameter name: the name of the dataset; nil for all.
  /// - Throws: ``DatasetError`` if the file cannot be read.
  static func entries(_ path: String, name: String? = nil) throws(DatasetError) -> [Entry] {
    _ = try OpenedFile(path, expected: "an HDF5 file or a .npy array")
    let file = try HDF5File(reading: path)
    let names = if let name { [name] } else { try Self.names(in: file) }
    var entries: [Entry] = []
    for link in names {
      do throws(DatasetError) {
        entries.append(try entry(link, in: file))
      } catch {
        // Skip groups, and soft and external links.
        if name != nil { throw error }
      }
    }
    return entries
  }

  /// Opens everything that ``entries(_:name:)`` opens. A sandbox process, which may crash, performs it first.
  package static func survey(_ path: String) { _ = try? entries(path) }

  private static func entry(_ name: String, in file: borrowing HDF5File) throws(DatasetError) -> Entry {
    let dataset = try HDF5Dataset(opening: name, in: file)
    let layout = try dataset.layout
    guard layout == .contiguous || layout == .other else {
      return Entry(name: name, shape: [], element: nil, layout: layout, offset: nil)
    }
    let element: Textures.Element? =
      switch try dataset.elementType {
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .int64, .uint32, .uint64, nil: nil
      }
    return Entry(
      name: name, shape: try dataset.shape, element: element, layout: layout,
      offset: layout == .contiguous ? try? dataset.offset : nil)
  }

  /// The names at the root. The corresponding C functions are `H5Gget_info` and `H5Lget_name_by_idx`.
  private static func names(in file: borrowing HDF5File) throws(DatasetError) -> [String] {
    let (id, path) = (file.id, file.path)
    var info = H5G_info_t()
    _ = try HDF5Library.call("\(path): cannot read the root") { H5Gget_info(id, &info) }
    guard info.nlinks <= maximumLinks else {
      throw DatasetError(.invalidFile, "\(path): has \(info.nlinks) objects at its root; name one with --dataset")
    }
    var names: [String] = []
    for index in 0..<info.nlinks {
      var text = [CChar](repeating: 0, count: 1024)
      let length = try HDF5Library.call("\(path): cannot read the root") {
        H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &text, text.count, gpgen_h5p_default)
      }
      // Skip a longer name, which was truncated.
      guard length < text.count else { continue }
      names.append(String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return names
  }
}
