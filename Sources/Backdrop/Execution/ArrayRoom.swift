import GaussianField

/// Checks that there is room for arrays of so many elements, right before they are allocated.
///
/// - Parameter count: elements of all arrays together.
/// - Throws: ``BackdropError`` with code `.memory`.
func checkRoom<Element>(for count: Int, of type: Element.Type = Float.self) throws(BackdropError) {
  let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
  do throws(AllocationError) {
    try MemoryReserve.check(for: overflows ? .max : bytes)
  } catch {
    throw BackdropError(.memory, error.message, cause: error)
  }
}
