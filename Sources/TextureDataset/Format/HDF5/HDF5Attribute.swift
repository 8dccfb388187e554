import CHDF5

/// Attributes of a file's root or of a dataset.
struct HDF5Attributes {
  let id: hid_t
  /// The object, for messages.
  let owner: String

  init(of file: borrowing HDF5File) {
    id = file.id
    owner = file.path
  }

  init(of dataset: borrowing HDF5Dataset) {
    id = dataset.id
    owner = dataset.name
  }

  /// Writes a number, or an array of them.
  func write<Element: BitwiseCopyable>(
    _ name: String, _ values: [Element], as type: HDF5ElementType, scalar: Bool = false
  ) throws(DatasetError) {
    let made = try type.make()
    try write(name, type: made.id, shape: scalar ? [] : [values.count]) { attribute in
      H5Awrite(attribute, made.id, values)
    }
  }

  /// Writes a string.
  func write(_ name: String, _ value: String) throws(DatasetError) {
    try write(name, [value], scalar: true)
  }

  /// Writes an array of strings.
  func write(_ name: String, _ values: [String], scalar: Bool = false) throws(DatasetError) {
    let type = try HDF5ElementType.makeString()
    try write(name, type: type.id, shape: scalar ? [] : [values.count]) { attribute in
      // One block of memory for all strings, each zero-terminated.
      let bytes = values.flatMap { Array($0.utf8CString) }
      var start = 0
      return bytes.withUnsafeBufferPointer { buffer in
        let pointers = values.map { value in
          defer { start += value.utf8.count + 1 }
          return buffer.baseAddress.map { base in base + start }
        }
        return H5Awrite(attribute, type.id, pointers)
      }
    }
  }

  private func write(
    _ name: String, type: hid_t, shape: [Int], _ body: (hid_t) -> herr_t
  ) throws(DatasetError) {
    let space = try makeHDF5Space(shape)
    let attribute = try HDF5Identifier("\(owner): cannot create attribute \(name)", closedBy: H5Aclose) {
      H5Acreate2(id, name, type, space.id, gpgen_h5p_default, gpgen_h5p_default)
    }
    _ = try HDF5Library.call("\(owner): cannot write attribute \(name)") { body(attribute.id) }
  }

  /// Whether an attribute of this name exists.
  func has(_ name: String) throws(DatasetError) -> Bool {
    try HDF5Library.call("\(owner): cannot look up attribute \(name)") { H5Aexists(id, name) } > 0
  }

  /// Reads an integer.
  func integer(_ name: String) throws(DatasetError) -> Int {
    try integers(name, count: 1)[0]
  }

  /// Reads an array of integersof exactly `count` elements.
  func integers(_ name: String, count: Int) throws(DatasetError) -> [Int] {
    let stored = try open(name)
    var isInteger = false
    // The library would convert integers of any size.
    HDF5Library.release {
      isInteger = H5Tget_class(stored.type.id) == H5T_INTEGER && (1...8).contains(H5Tget_size(stored.type.id))
    }
    guard isInteger, stored.points == count else {
      throw DatasetError(
        .invalidFile, "\(owner): expected attribute \(name) to be \(count == 1 ? "one integer" : "\(count) integers")")
    }
    let made = try HDF5ElementType.int64.make()
    var values = [Int64](repeating: 0, count: count)
    _ = try HDF5Library.call(describe(name)) { H5Aread(stored.attribute.id, made.id, &values) }
    return values.map { Int($0) }
  }

  /// Reads a string of at most 64 KiB.
  func string(_ name: String) throws(DatasetError) -> String {
    let stored = try open(name)
    var isString = false
    HDF5Library.release { isString = H5Tis_variable_str(stored.type.id) > 0 }
    guard isString, stored.points == 1 else {
      throw DatasetError(.invalidFile, "\(owner): expected attribute \(name) to be one string of variable length")
    }
    var pointer: UnsafeMutablePointer<CChar>?
    _ = try HDF5Library.call(describe(name)) { H5Aread(stored.attribute.id, stored.type.id, &pointer) }
    guard let pointer else { throw DatasetError(.invalidFile, "\(owner): attribute \(name) is empty") }
    defer { HDF5Library.release { H5free_memory(pointer) } }
    guard let text = String(validatingCString: pointer), text.utf8.count <= 65536 else {
      throw DatasetError(.invalidFile, "\(owner): expected attribute \(name) to be UTF-8 text of at most 64 KiB")
    }
    return text
  }

  /// Reads an array of numbersof exactly `count` elements.
  func doubles(_ name: String, count: Int) throws(DatasetError) -> [Double] {
    let stored = try open(name)
    guard try HDF5ElementType.matching(stored.type.id) == .float64, stored.points == count else {
      throw DatasetError(
        .invalidFile, "\(owner): expected attribute \(name) to be \(count) numbers in double precision")
    }
    var values = [Double](repeating: 0, count: count)
    let made = try HDF5ElementType.float64.make()
    _ = try HDF5Library.call(describe(name)) { H5Aread(stored.attribute.id, made.id, &values) }
    return values
  }

  /// Reads an array of strings of variable lengthof exactly `count` elements.
  func strings(_ name: String, count: Int) throws(DatasetError) -> [String] {
    let stored = try open(name)
    var isString = false
    HDF5Library.release { isString = H5Tis_variable_str(stored.type.id) > 0 }
    guard isString, stored.points == count else {
      throw DatasetError(.invalidFile, "\(owner): expected attribute \(name) to be \(count) strings of variable length")
    }
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    _ = try HDF5Library.call(describe(name)) { H5Aread(stored.attribute.id, stored.type.id, &pointers) }
    // The library allocated each string separately.
    defer { for pointer in pointers { HDF5Library.release { H5free_memory(pointer) } } }
    return pointers.map { $0.flatMap { String(validatingCString: $0) } ?? "" }
  }

  private func describe(_ name: String) -> String { "\(owner): cannot read attribute \(name)" }

  /// An open attribute, its stored type, and its number of elements.
  private struct Stored: ~Copyable {
    let attribute: HDF5Identifier
    let type: HDF5Identifier
    let points: hssize_t
  }

  private func open(_ name: String) throws(DatasetError) -> Stored {
    guard try has(name) else { throw DatasetError(.invalidFile, "\(owner): has no attribute \(name)") }
    let attribute = try HDF5Identifier(describe(name), closedBy: H5Aclose) { H5Aopen(id, name, gpgen_h5p_default) }
    let type = try HDF5Identifier(describe(name), closedBy: H5Tclose) { H5Aget_type(attribute.id) }
    let space = try HDF5Identifier(describe(name), closedBy: H5Sclose) { H5Aget_space(attribute.id) }
    let points = try HDF5Library.call(describe(name)) { H5Sget_simple_extent_npoints(space.id) }
    return Stored(attribute: attribute, type: type, points: points)
  }
}
