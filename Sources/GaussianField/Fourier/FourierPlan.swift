import CFFTW
import Foundation

/// A one-dimensional unnormalized inverse Fourier transform, x[j] = sum over k of X[k] exp(2 pi i k j / length), out of
/// place, on arrays aligned to 64 bytes.
///
/// Plans use FFTW_ESTIMATE: FFTW_MEASURE chooses algorithms by timing, which would change the last bits of results.
final class FourierPlan: @unchecked Sendable {
  // Sendable: FFTW's manual guarantees that several threads may execute one plan on new arrays. Creating and destroying
  // plans is not thread-safe, and happens under `planner`.
  private let plan: fftwf_plan
  private static let planner = NSLock()

  static func planning<Result>(_ work: () -> Result) -> Result {
    planner.lock()
    defer { planner.unlock() }
    return work()
  }

  /// - Parameter length: the length of the transform, in complex numbers.
  /// - Throws: ``AllocationError``.
  init(length: Int) throws(AllocationError) {
    // With FFTW_ESTIMATE the planner inspects only the alignment of the arrays.
    let input = try AlignedBuffer<Float>(count: 2 * length)
    let output = try AlignedBuffer<Float>(count: 2 * length)
    let made: fftwf_plan? = Self.planning {
      input.pointer.withMemoryRebound(to: fftwf_complex.self, capacity: length) { input in
        output.pointer.withMemoryRebound(to: fftwf_complex.self, capacity: length) { output in
          fftwf_plan_dft_1d(Int32(length), input, output, FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT)
        }
      }
    }
    extendLifetime(input)
    extendLifetime(output)
    guard let made else { preconditionFailure("FFTW has no plan for length \(length)") }
    plan = made
  }

  deinit {
    Self.planning { fftwf_destroy_plan(plan) }
  }

  /// Transforms `length` complex numbers. The corresponding C function is `fftwf_execute_dft`.
  func transform(_ input: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>) {
    input.withMemoryRebound(to: fftwf_complex.self, capacity: 1) { input in
      output.withMemoryRebound(to: fftwf_complex.self, capacity: 1) { output in
        fftwf_execute_dft(plan, input, output)
      }
    }
  }
}
