import Testing

@testable import GaussianField

@Suite struct AlignedBufferTests {
  @Test func memoryForLargeArraysIsChecked() throws {
    try MemoryReserve.check(for: 0)
    try MemoryReserve.check(for: 64 << 20)
    #expect(throws: AllocationError(bytes: 1 << 60)) { try MemoryReserve.check(for: 1 << 60) }
    #expect(throws: AllocationError(bytes: nil)) { try MemoryReserve.check(for: .max) }
  }

  @Test func threadThatCannotBeStartedIsAnError() {
    #expect(throws: AllocationError(bytes: 1 << 50)) { try startThread(stackBytes: 1 << 50) {} }
  }

  @Test(arguments: [1 << 58, Int.max / 4 + 1, .max])
  func tooLittleMemoryIsAnError(count: Int) throws {
    let error = #expect(throws: AllocationError.self) { _ = try AlignedBuffer<Float>(count: count) }
    let message = try #require(error?.message)
    #expect(message.contains("raise the memory limit"))
    #expect(error?.bytes == (count == 1 << 58 ? 1 << 60 : nil))
    if count == 1 << 58 { #expect(message.contains("\(1 << 40) MiB")) }
  }

  @Test func memoryIsZeroedAndAligned() throws {
    let buffer = try AlignedBuffer<Double>(count: 300_000)
    #expect(UInt(bitPattern: buffer.pointer) % 4096 == 0)
    #expect((0..<buffer.count).allSatisfy { buffer.pointer[$0] == 0 })
  }

  @Test func emptyBufferIsAllowed() throws {
    #expect(try AlignedBuffer<Float>(count: 0).count == 0)
  }
}
