import GaussianField

extension DatasetError {
  /// A failed allocation.
  init(_ error: AllocationError) {
    self.init(.memory, error.message, cause: error)
  }
}

/// Runs `body`, which allocates, and throws its failure as this library's error.
func allocating<Result: ~Copyable>(
  _ body: () throws(AllocationError) -> Result
) throws(DatasetError) -> Result {
  do {
    return try body()
  } catch {
    throw DatasetError(error)
  }
}
