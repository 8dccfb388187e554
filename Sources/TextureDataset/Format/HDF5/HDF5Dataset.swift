import CHDF5

/// An open dataset at a file's root.
struct HDF5Dataset: ~Copyable {
  let id: hid_t
  /// The file and the dataset, for messages: "data.h5: image".
  let name: String

  /// A source of a virtual dataset: its samples `range` are the whole of dataset `dataset` in `file`.
  struct VirtualSource {
    let file: String
    let dataset: String
    let range: Range<Int>
  }

  /// Creates a contiguous dataset that is allocated at once and not filled; or, with `sources`, a virtual one along the
  /// first axis, whose missing parts read as NaN. The corresponding C function is `H5Dcreate2`.
  init(
    creating name: String, in file: borrowing HDF5File, type: HDF5ElementType, shape: [Int],
    sources: [VirtualSource] = []
  ) throws(DatasetError) {
    self.name = "\(file.path): \(name)"
    let properties = try HDF5Identifier("cannot make properties", closedBy: H5Pclose) {
      H5Pcreate(gpgen_h5p_dataset_create())
    }
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    _ = try HDF5Library.call("cannot set properties") {
      inOrder(H5Pset_obj_track_times(properties.id, false), H5Pset_attr_creation_order(properties.id, order))
    }
    let space = try makeHDF5Space(shape)
    if sources.isEmpty {
      _ = try HDF5Library.call("cannot set properties") {
        inOrder(
          H5Pset_layout(properties.id, H5D_CONTIGUOUS), H5Pset_alloc_time(properties.id, H5D_ALLOC_TIME_EARLY),
          H5Pset_fill_time(properties.id, H5D_FILL_TIME_NEVER))
      }
    } else {
      var nan = Float.nan
      _ = try HDF5Library.call("cannot set properties") {
        H5Pset_fill_value(properties.id, gpgen_h5t_float32(), &nan)
      }
      for source in sources {
        let sourceSpace = try makeHDF5Space([source.range.count] + shape.dropFirst())
        _ = try HDF5Library.call("\(self.name): cannot map \(source.file)") {
          inOrder(
            Self.select(source.range, of: shape, in: space.id),
            H5Pset_virtual(properties.id, space.id, source.file, source.dataset, sourceSpace.id))
        }
      }
      _ = try HDF5Library.call("cannot set properties") { H5Sselect_all(space.id) }
    }
    let made = try type.make()
    id = try HDF5Library.call("\(self.name): cannot create") {
      H5Dcreate2(file.id, name, made.id, space.id, gpgen_h5p_default, properties.id, gpgen_h5p_default)
    }
  }

  /// Opens a dataset stored in this file. The corresponding C function is `H5Dopen2`.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` for a soft, external or user-defined link.
  init(opening name: String, in file: borrowing HDF5File) throws(DatasetError) {
    try file.requireOwn(name)
    id = try HDF5Library.call("\(file.path): \(name): cannot open") { H5Dopen2(file.id, name, gpgen_h5p_default) }
    self.name = "\(file.path): \(name)"
  }

  deinit {
    HDF5Library.release { _ = H5Dclose(id) }
  }

  /// The extents, outermost first.
  var shape: [Int] {
    get throws(DatasetError) {
      let space = try HDF5Identifier("\(name): cannot read the shape", closedBy: H5Sclose) { H5Dget_space(id) }
      return try extents(ofSpace: space.id, what: name)
    }
  }

  /// The element type, if it is one that shards use.
  var elementType: HDF5ElementType? {
    get throws(DatasetError) {
      let type = try HDF5Identifier("\(name): cannot read the type", closedBy: H5Tclose) { H5Dget_type(id) }
      return try HDF5ElementType.matching(type.id)
    }
  }

  /// How the elements are stored.
  enum Layout: Equatable {
    /// In the file, contiguous and unfiltered.
    case contiguous
    /// In external raw files.
    case external
    /// In datasets of other HDF5 files.
    case virtual
    /// Chunked or compact.
    case other
  }

  /// The layout, read from this file alone. Check it before ``shape``, for which the library opens the sources of some
  /// virtual datasets.
  var layout: Layout {
    get throws(DatasetError) {
      let what = "\(name): cannot read the layout"
      let properties = try HDF5Identifier(what, closedBy: H5Pclose) { H5Dget_create_plist(id) }
      let layout = try HDF5Library.call(what) { H5Pget_layout(properties.id).rawValue }
      if layout == H5D_CONTIGUOUS.rawValue {
        return try HDF5Library.call(what) { H5Pget_external_count(properties.id) } == 0 ? .contiguous : .external
      }
      return layout == H5D_VIRTUAL.rawValue ? .virtual : .other
    }
  }

  /// The offset of a contiguous dataset in the file, in bytes. The corresponding C function is `H5Dget_offset`.
  var offset: Int {
    get throws(DatasetError) {
      var address: haddr_t = 0
      HDF5Library.release { address = H5Dget_offset(id) }
      guard address != gpgen_haddr_undefined, let offset = Int(exactly: address) else {
        throw DatasetError(.invalidFile, "\(name): is not allocated in the file")
      }
      return offset
    }
  }

  /// Writes rows, which have the same layout in memory as in the file. The corresponding C function is `H5Dwrite`.
  func write(
    _ bytes: UnsafeRawBufferPointer, rows: Range<Int>, of shape: [Int], as type: HDF5ElementType
  ) throws(DatasetError) {
    let extents = [rows.count] + shape.dropFirst()
    precondition(bytes.count == extents.reduce(type.bytes, *))
    let made = try type.make()
    let memory = try makeHDF5Space(extents)
    let space = try makeHDF5Space(shape)
    _ = try HDF5Library.call("\(name): cannot write") {
      inOrder(
        Self.select(rows, of: shape, in: space.id),
        H5Dwrite(id, made.id, memory.id, space.id, gpgen_h5p_default, bytes.baseAddress))
    }
  }

  /// Selects a range of the first axis and all of the others. The corresponding C function is `H5Sselect_hyperslab`.
  private static func select(_ rows: Range<Int>, of shape: [Int], in space: hid_t) -> herr_t {
    let start = [hsize_t(rows.lowerBound)] + shape.dropFirst().map { _ in 0 }
    let count = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
    return H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, count, nil)
  }

  /// Makes this dataset the coordinate of an axis. The corresponding C function is `H5DSset_scale`.
  func makeDimensionScale(named scale: String) throws(DatasetError) {
    _ = try HDF5Library.call("\(name): cannot make it a dimension scale") { H5DSset_scale(id, scale) }
  }

  /// Attaches a coordinate to an axis. The corresponding C function is `H5DSattach_scale`.
  func attach(_ scale: borrowing HDF5Dataset, toAxis axis: Int) throws(DatasetError) {
    let scaleID = scale.id
    _ = try HDF5Library.call("\(name): cannot name axis \(axis)") { H5DSattach_scale(id, scaleID, UInt32(axis)) }
  }

  /// Whether a coordinate is attached to an axis. The corresponding C function is `H5DSis_attached`.
  func isAttached(_ scale: borrowing HDF5Dataset, toAxis axis: Int) throws(DatasetError) -> Bool {
    let scaleID = scale.id
    return try HDF5Library.call("\(name): cannot read the name of axis \(axis)") {
      H5DSis_attached(id, scaleID, UInt32(axis))
    } > 0
  }

  /// The source files of a virtual dataset, in order; empty if the dataset is not virtual. The corresponding C function
  /// is `H5Pget_virtual_filename`.
  var sourceFiles: [String] {
    get throws(DatasetError) {
      guard try layout == .virtual else { return [] }
      let properties = try HDF5Identifier("\(name): cannot read the sources", closedBy: H5Pclose) {
        H5Dget_create_plist(id)
      }
      var count = 0
      _ = try HDF5Library.call("\(name): cannot read the sources") { H5Pget_virtual_count(properties.id, &count) }
      var files: [String] = []
      for source in 0..<count {
        // NAME_MAX is 255, and an escaped per cent sign takes two.
        var text = [CChar](repeating: 0, count: 1024)
        _ = try HDF5Library.call("\(name): cannot read source \(source)") {
          H5Pget_virtual_filename(properties.id, source, &text, text.count)
        }
        files.append(text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" })
      }
      return files
    }
  }
}
