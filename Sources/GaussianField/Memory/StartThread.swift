#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Starts a thread that runs `body` and ends.
///
/// Foundation's `Thread` gives no error where no thread can be started, and whoever waits for it waits for ever.
///
/// - Parameters:
///   - stackBytes: of the thread's stack.
///   - body: is kept until it returns.
/// - Throws: ``AllocationError`` where the system does not start it, mostly since there is no room for its stack.
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

/// What a thread does.
private final class ThreadWork: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
