import CHDF5

/// An open HDF5 file.
struct HDF5File: ~Copyable {
  private(set) var id: hid_t
  let path: String

  /// Creates a file, replacing an existing one, with the properties that reproducible bytes and netCDF-4 need: no
  /// times, creation order tracked, large objects aligned to 4096 bytes, no locking by the library. The corresponding C
  /// function is `H5Fcreate`.
  init(creating path: String) throws(DatasetError) {
    let creation = try HDF5Identifier("cannot make properties", closedBy: H5Pclose) {
      H5Pcreate(gpgen_h5p_file_create())
    }
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    _ = try HDF5Library.call("cannot set properties") {
      inOrder(
        H5Pset_obj_track_times(creation.id, false), H5Pset_link_creation_order(creation.id, order),
        H5Pset_attr_creation_order(creation.id, order))
    }
    let access = try Self.makeAccess()
    // Without the library's buffer for small datasets, `H5Dwrite` itself reports a full disk; with it, closing the
    // dataset would write, too late to handle the status.
    _ = try HDF5Library.call("cannot set properties") {
      inOrder(
        H5Pset_alignment(access.id, 4096, 4096), H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V110),
        H5Pset_sieve_buf_size(access.id, 0))
    }
    id = try HDF5Library.call("\(path): cannot create") { H5Fcreate(path, H5F_ACC_TRUNC_, creation.id, access.id) }
    self.path = path
  }

  /// Opens a file for reading. The corresponding C function is `H5Fopen`.
  init(reading path: String) throws(DatasetError) {
    HDF5Opening.announce(path)
    try HDF5GlobalHeaps.check(path)
    let access = try Self.makeAccess()
    id = try HDF5Library.call("\(path): cannot open") { H5Fopen(path, H5F_ACC_RDONLY_, access.id) }
    self.path = path
  }

  /// Throws if a name at the root does not refer to an object stored in this file.
  func requireOwn(_ name: String) throws(DatasetError) {
    guard try HDF5Library.call("\(path): \(name): cannot open", { gpgen_h5l_is_hard(id, name) }) > 0 else {
      throw DatasetError(.invalidFile, "\(path): \(name): is a soft or external link, which gpgen does not follow")
    }
  }

  private static func makeAccess() throws(DatasetError) -> HDF5Identifier {
    let access = try HDF5Identifier("cannot make properties", closedBy: H5Pclose) {
      H5Pcreate(gpgen_h5p_file_access())
    }
    // The library's flock would conflict with ours; and closing the file must close everything in it.
    _ = try HDF5Library.call("cannot set properties") {
      inOrder(H5Pset_file_locking(access.id, false, true), H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    }
    return access
  }

  /// Writes everything out and closes the file. The corresponding C function is `H5Fclose`.
  consuming func close() throws(DatasetError) {
    let open = id
    id = -1
    _ = try HDF5Library.call("\(path): cannot close") { H5Fclose(open) }
  }

  deinit {
    if id >= 0 { HDF5Library.release { _ = H5Fclose(id) } }
  }
}

// Swift cannot import the C macros, which contain casts.
private let H5F_ACC_RDONLY_: UInt32 = 0
private let H5F_ACC_TRUNC_: UInt32 = 2
