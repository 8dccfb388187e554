import COneDNN

/// How oneDNN was built to divide its work among threads.
///
/// Results are the same from run to run only where this program sets the number of threads. `omp_set_num_threads` does
/// that in an OpenMP build; other threading libraries ignore it.
enum ThreadingRuntime {
  /// Refuses the oneDNN library of this process where its results would not be reproducible.
  ///
  /// - Throws: ``BackdropError`` with code `.oneDNN`.
  static func check() throws(BackdropError) {
    try check(dnnl_version()?.pointee.cpu_runtime, canSetThreads: gpgen_can_set_threads())
  }

  /// - Parameters:
  ///   - runtime: a `DNNL_RUNTIME_*`; none where oneDNN does not report it.
  ///   - canSetThreads: whether the process has `omp_set_num_threads`.
  /// - Throws: ``BackdropError`` with code `.oneDNN`.
  static func check(_ runtime: UInt32?, canSetThreads: Bool) throws(BackdropError) {
    // Without threads there is no number of them to set.
    guard runtime != DNNL_RUNTIME_SEQ else { return }
    guard runtime == DNNL_RUNTIME_OMP else {
      throw BackdropError(
        .oneDNN,
        "oneDNN is built with \(name(runtime)), with which results would differ from run to run; "
          + "install a oneDNN that is built with OpenMP (DNNL_CPU_RUNTIME=OMP)")
    }
    guard canSetThreads else {
      throw BackdropError(
        .oneDNN,
        "oneDNN is built with OpenMP, but omp_set_num_threads is not found, so the number of threads cannot be set; "
          + "install the OpenMP library that oneDNN was built with")
    }
  }

  private static func name(_ runtime: UInt32?) -> String {
    switch runtime {
    case .some(DNNL_RUNTIME_TBB): "the threading library TBB"
    case .some(DNNL_RUNTIME_THREADPOOL): "a thread pool of the caller"
    default: "an unknown threading library"
    }
  }
}
