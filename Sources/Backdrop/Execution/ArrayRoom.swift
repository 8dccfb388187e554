import GaussianField

/// Checks that there is memory for arrays, right before they are allocated.
///
/// - Parameter count: the total number of elements.
/// - Throws: ``BackdropError`` with code `.memory`.
func checkRoom<Element>(for count: Int, of type: Element.Type = Float.self) throws(BackdropError) {
  let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
  do throws(AllocationError) {
    try MemoryReserve.check(for: overflows ? .max : bytes)
  } catch {
    throw BackdropError(.memory, error.message, cause: error)
  }
}
