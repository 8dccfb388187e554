import CHDF5

/// The element types of a shard, little-endian.
enum HDF5ElementType: Sendable, Equatable {
  case float16, float32, float64, int64, uint32, uint64

  var bytes: Int {
    switch self {
    case .float16: 2
    case .float32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The type in the file.
  func make() throws(DatasetError) -> HDF5Identifier {
    let made = try HDF5Identifier("cannot make a type", closedBy: H5Tclose) {
      switch self {
      case .float16, .float32: H5Tcopy(gpgen_h5t_float32())
      case .float64: H5Tcopy(gpgen_h5t_float64())
      case .int64: H5Tcopy(gpgen_h5t_int64())
      case .uint32: H5Tcopy(gpgen_h5t_uint32())
      case .uint64: H5Tcopy(gpgen_h5t_uint64())
      }
    }
    if self == .float16 {
      // IEEE binary16: sign at bit 15, 5 bits of exponent from bit 10 on, 10 of mantissa. The fields go before the size.
      _ = try HDF5Library.call("cannot make the binary16 type") {
        inOrder(H5Tset_fields(made.id, 15, 10, 5, 0, 10), H5Tset_size(made.id, 2), H5Tset_ebias(made.id, 15))
      }
    }
    return made
  }

  /// The one of these types that `type` equals, if any.
  static func matching(_ type: hid_t) throws(DatasetError) -> HDF5ElementType? {
    for candidate in [HDF5ElementType.float32, .float16, .float64, .int64, .uint32, .uint64] {
      let made = try candidate.make()
      if try HDF5Library.call("cannot compare types", { H5Tequal(made.id, type) }) > 0 { return candidate }
    }
    return nil
  }

  /// Strings of any length, in UTF-8: what h5py writes and reads as `str`.
  static func makeString() throws(DatasetError) -> HDF5Identifier {
    let type = try HDF5Identifier("cannot make a type", closedBy: H5Tclose) { H5Tcopy(gpgen_h5t_c_string()) }
    _ = try HDF5Library.call("cannot make a string type") {
      inOrder(gpgen_h5t_set_variable_size(type.id), H5Tset_cset(type.id, H5T_CSET_UTF8))
    }
    return type
  }
}

/// A simple dataspace of the given shape; a scalar one if there are no extents.
func makeHDF5Space(_ shape: [Int]) throws(DatasetError) -> HDF5Identifier {
  let extents = shape.map { hsize_t($0) }
  return try HDF5Identifier("cannot make a dataspace", closedBy: H5Sclose) {
    shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, nil)
  }
}

/// The extents of a dataspace.
func extents(ofSpace space: hid_t, what: String) throws(DatasetError) -> [Int] {
  let rank = try HDF5Library.call(what) { H5Sget_simple_extent_ndims(space) }
  var extents = [hsize_t](repeating: 0, count: Int(rank))
  if rank > 0 { _ = try HDF5Library.call(what) { H5Sget_simple_extent_dims(space, &extents, nil) } }
  var shape: [Int] = []
  for extent in extents {
    guard let value = Int(exactly: extent) else {
      throw DatasetError(.invalidFile, "\(what): an extent of \(extent) is out of range")
    }
    shape.append(value)
  }
  return shape
}
