import Testing

@testable import TextureDataset

@Suite struct HDF5FailureTests {
  /// The text of version 1.10.8 of the library.
  private func description(errno: Int, message: String, file: String = "data.h5") -> String {
    "file write failed: time = Wed Nov 25 12:00:00 2026\n, filename = '\(file)', file descriptor = 5, "
      + "errno = \(errno), error message = '\(message)', buf = 0x55d0c8a3, total write size = 512, "
      + "bytes this sub-write = 512, bytes actually written = 18446744073709551615, offset = 0"
  }

  @Test func systemsReasonIsExtracted() {
    let failure = HDF5Failure(description: description(errno: 5, message: "Input/output error"))
    #expect(failure.code == .fileSystem && failure.reason == "Input/output error")
  }

  @Test func fullDiskIsRecognised() {
    #expect(HDF5Failure(description: description(errno: 28, message: "No space left on device")).code == .diskFull)
  }

  @Test func fileNameIsNotMistakenForTheReason() {
    let failure = HDF5Failure(
      description: description(errno: 5, message: "Input/output error", file: "errno = 28, error message = 'x'"))
    #expect(failure.code == .fileSystem && failure.reason == "Input/output error")
  }

  @Test func otherReasonsAreQuoted() {
    let failure = HDF5Failure(description: "unable to find object")
    #expect(failure.code == .hdf5 && failure.reason == "HDF5 reports: unable to find object")
  }
}
