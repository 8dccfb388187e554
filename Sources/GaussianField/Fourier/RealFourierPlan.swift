import CFFTW

/// A forward Fourier transform of real numbers along all axes, in single precision, out of place.
final class RealFourierPlan: @unchecked Sendable {
  // Sendable: FFTW's manual guarantees that several threads may execute one plan on new arrays.
  private let plan: fftwf_plan

  /// - Parameter extents: the extents of the real array, x last.
  /// - Throws: ``AllocationError``.
  init(extents: [Int]) throws(AllocationError) {
    // With FFTW_ESTIMATE the planner does not touch the arrays.
    let input = try AlignedBuffer<Float>(count: extents.reduce(1, *))
    let output = try AlignedBuffer<Float>(count: 2 * Self.outputCount(extents))
    let made: fftwf_plan? = FourierPlan.planning {
      output.pointer.withMemoryRebound(to: fftwf_complex.self, capacity: 1) { output in
        fftwf_plan_dft_r2c(
          Int32(extents.count), extents.map { Int32($0) }, input.pointer, output, FFTW_ESTIMATE)
      }
    }
    extendLifetime(input)
    extendLifetime(output)
    guard let made else { preconditionFailure("FFTW has no plan for \(extents)") }
    plan = made
  }

  /// The number of complex numbers in the output, those with kx >= 0.
  static func outputCount(_ extents: [Int]) -> Int { extents.dropLast().reduce(extents[extents.count - 1] / 2 + 1, *) }

  deinit { FourierPlan.planning { fftwf_destroy_plan(plan) } }

  /// Transforms an array, which is overwritten. Both arrays are aligned to 64 bytes.
  ///
  /// The corresponding C function is `fftwf_execute_dft_r2c`.
  func transform(_ input: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>) {
    output.withMemoryRebound(to: fftwf_complex.self, capacity: 1) { fftwf_execute_dft_r2c(plan, input, $0) }
  }
}
