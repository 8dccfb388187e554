import CFFTW
import Foundation

/// The discrete Fourier transform, in double precision, of a real function on a torus that is the same at p and -p. The
/// result is real and has the same layout.
struct LatticeTransform {
  let lattice: Lattice

  /// Computes the sum over all points p of f(p) cos(2 pi k p / n) for every k of the lattice.
  ///
  /// - Parameter values: f, in the layout of ``Lattice``; replaced by the transform.
  /// - Throws: ``FieldError`` with code `.memory`.
  func transform(_ values: inout [Double]) throws(FieldError) {
    if lattice.isEven {
      for axis in lattice.extents.indices { transform(&values, along: axis) }
    } else {
      values = try dense(values)
    }
  }

  /// Transforms along one axis, line by line. A line is mirrored to the whole axis; the transform of an even line is
  /// real.
  private func transform(_ values: inout [Double], along axis: Int) {
    let (n, count) = (lattice.extents[axis], lattice.counts[axis])
    let inner = lattice.counts[(axis + 1)...].reduce(1, *)
    let lines = lattice.count / count
    let threads = lattice.count < 4096 ? 1 : Lattice.threads
    guard let plan = DoublePlan(shape: [n]) else { preconditionFailure("FFTW has a plan for length \(n)") }
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let output = SharedOutput(base: base)
      onThreads(threads) { thread in
        let line = DoublePlan.Memory(real: n, complex: n / 2 + 1)
        for index in stride(from: thread, to: lines, by: threads) {
          let (outer, rest) = index.quotientAndRemainder(dividingBy: inner)
          let start = output.base + outer * count * inner + rest
          for k in 0..<count {
            line.real[k] = start[k * inner]
            if k > 0 { line.real[n - k] = start[k * inner] }
          }
          plan.transform(line)
          for k in 0..<count { start[k * inner] = line.complex[2 * k] }
        }
      }
    }
  }

  /// Transforms all axes at once, on the whole torus.
  private func dense(_ values: [Double]) throws(FieldError) -> [Double] {
    let extents = lattice.extents
    let (width, length) = (extents[extents.count - 1], lattice.rowLength)
    do { try MemoryReserve.check(for: 16 * (extents.reduce(1, *) + lattice.count)) } catch {
      throw FieldError(.memory, error.message)
    }
    guard let plan = DoublePlan(shape: extents) else { preconditionFailure("FFTW has a plan for \(extents)") }
    let memory = DoublePlan.Memory(real: extents.reduce(1, *), complex: lattice.count)
    for row in 0..<lattice.rowCount {
      // The row at the opposite coordinates along all axes but the last.
      var (opposite, stride, rest) = (0, 1, row)
      for axis in extents.indices.dropLast().reversed() {
        let (quotient, index) = rest.quotientAndRemainder(dividingBy: extents[axis])
        opposite += stride * ((extents[axis] - index) % extents[axis])
        stride *= extents[axis]
        rest = quotient
      }
      for x in 0..<length {
        memory.real[row * width + x] = values[row * length + x]
        if x > 0 { memory.real[opposite * width + width - x] = values[row * length + x] }
      }
    }
    plan.transform(memory)
    return (0..<lattice.count).map { memory.complex[2 * $0] }
  }
}

/// A transform from real to complex numbers in double precision, used only to set up spectra.
private final class DoublePlan: @unchecked Sendable {
  // Sendable: FFTW's manual guarantees that several threads may execute one plan on new arrays.
  private let plan: fftw_plan

  /// The arrays of one transform.
  final class Memory {
    let real: UnsafeMutablePointer<Double>
    /// Interleaved real and imaginary parts.
    let complex: UnsafeMutablePointer<Double>

    init(real: Int, complex: Int) {
      self.real = .allocate(capacity: real)
      self.real.initialize(repeating: 0, count: real)
      self.complex = .allocate(capacity: 2 * complex)
      self.complex.initialize(repeating: 0, count: 2 * complex)
    }

    deinit {
      real.deallocate()
      complex.deallocate()
    }
  }

  init?(shape: [Int]) {
    let flags = FFTW_ESTIMATE | UInt32(FFTW_UNALIGNED)
    let memory = Memory(real: shape.reduce(1, *), complex: shape.dropLast().reduce(shape[shape.count - 1] / 2 + 1, *))
    let made = FourierPlan.planning {
      memory.complex.withMemoryRebound(to: fftw_complex.self, capacity: 1) { complex in
        fftw_plan_dft_r2c(Int32(shape.count), shape.map { Int32($0) }, memory.real, complex, flags)
      }
    }
    guard let made else { return nil }
    plan = made
  }

  deinit { FourierPlan.planning { fftw_destroy_plan(plan) } }

  /// The corresponding C function is `fftw_execute_dft_r2c`.
  func transform(_ memory: Memory) {
    memory.complex.withMemoryRebound(to: fftw_complex.self, capacity: 1) { complex in
      fftw_execute_dft_r2c(plan, memory.real, complex)
    }
  }
}
