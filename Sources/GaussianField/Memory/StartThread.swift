#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Starts a detached thread that runs `body`.
///
/// Foundation's `Thread` reports no error if the thread cannot be started, so that waiting for it never ends.
///
/// - Parameters:
///   - stackBytes: the size of the thread's stack.
///   - body: retained until it returns.
/// - Throws: ``AllocationError`` if the thread cannot be started, usually because there is no room for its stack.
package func startThread(stackBytes: Int, _ body: @escaping @Sendable () -> Void) throws(AllocationError) {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, stackBytes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  #if canImport(Glibc)
    var thread = pthread_t()
  #else
    var thread: pthread_t?
  #endif
  let work = Unmanaged.passRetained(ThreadWork(body))
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      // Optional on some systems.
      let argument: UnsafeMutableRawPointer? = argument
      if let argument { Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, work.toOpaque())
  guard status == 0 else {
    work.release()
    throw AllocationError(bytes: stackBytes)
  }
}

/// The closure that a thread runs.
private final class ThreadWork: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
