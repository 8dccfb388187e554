import TextureDataset

extension OpenedFile {
  /// Reads `count` values at an offset, in the file's byte order.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`, `.fileSystem` or `.memory`.
  func values<Value: BitwiseCopyable>(
    _ zero: Value, count: Int, at offset: Int
  ) throws(BackdropError) -> [Value] {
    try checkRoom(for: count, of: Value.self)
    var values = [Value](repeating: zero, count: count)
    do {
      try values.withUnsafeMutableBufferPointer { values throws(DatasetError) in
        try read(UnsafeMutableRawBufferPointer(values), at: offset)
      }
    } catch {
      throw BackdropError(file: error)
    }
    return values
  }
}
