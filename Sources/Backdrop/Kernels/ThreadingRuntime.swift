import COneDNN

/// The threading library that oneDNN was built with.
///
/// Results are reproducible only if this program sets the number of threads. In an OpenMP build `omp_set_num_threads`
/// does that; other threading libraries ignore it.
enum ThreadingRuntime {
  /// Refuses the oneDNN library of this process if its results would not be reproducible.
  ///
  /// - Throws: ``BackdropError`` with code `.oneDNN`.
  static func check() throws(BackdropError) {
    try check(dnnl_version()?.pointee.cpu_runtime, canSetThreads: gpgen_can_set_threads())
  }

  /// - Parameters:
  ///   - runtime: a `DNNL_RUNTIME_*`; nil if oneDNN does not report it.
  ///   - canSetThreads: whether the process has `omp_set_num_threads`.
  /// - Throws: ``BackdropError`` with code `.oneDNN`.
  static func check(_ runtime: UInt32?, canSetThreads: Bool) throws(BackdropError) {
    // A sequential build needs no number of threads.
    guard runtime != DNNL_RUNTIME_SEQ else { return }
    guard runtime == DNNL_RUNTIME_OMP else {
      throw BackdropError(
        .oneDNN,
        "oneDNN was built with \(name(runtime)), which makes results differ from run to run; "
          + "install a oneDNN that was built with OpenMP (DNNL_CPU_RUNTIME=OMP)")
    }
    guard canSetThreads else {
      throw BackdropError(
        .oneDNN,
        "oneDNN was built with OpenMP, but omp_set_num_threads was not found, so the number of threads cannot be set; "
          + "install the OpenMP library that oneDNN was built with")
    }
  }

  private static func name(_ runtime: UInt32?) -> String {
    switch runtime {
    case .some(DNNL_RUNTIME_TBB): "the threading library TBB"
    case .some(DNNL_RUNTIME_THREADPOOL): "a thread pool provided by the caller"
    default: "an unknown threading library"
    }
  }
}
