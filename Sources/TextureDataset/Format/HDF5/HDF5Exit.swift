import CHDF5

/// What the HDF5 library does when the process ends.
public enum HDF5Exit {
  /// Has the library leave its open files as they are when the process ends, where it would close them otherwise.
  ///
  /// It can crash over a file that the disk had no room for, or that was damaged: for programs all of whose files are
  /// closed by themselves, and before the first use of the library. The corresponding C function is `H5dont_atexit`.
  public static func leaveFilesAlone() {
    _ = H5dont_atexit()
  }
}
