import CHDF5

/// The behaviour of the HDF5 library at process exit.
public enum HDF5Exit {
  /// Stops the library from closing its open files at process exit.
  ///
  /// Closing can crash on a damaged file or after a full disk. For programs that close all their files themselves; call
  /// it before the first use of the library. The corresponding C function is `H5dont_atexit`.
  public static func leaveFilesAlone() {
    _ = H5dont_atexit()
  }
}
