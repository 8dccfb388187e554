import COneDNN
import Foundation
import Testing

@testable import Backdrop

@Suite struct KernelTests {
  /// oneDNN silently falls back to slow kernels for layouts that it does not support well.
  @Test func referenceNetworkRunsOnFastKernels() throws {
    let context = try ComputeContext(threads: 1)
    for channels in [1, 64] {
      let shape = Shape(channels: channels, height: 33, width: 33)
      let input = TensorShape(samples: 2, shape, channels == 1 ? .plain : context.activationLayout)
      let output = TensorShape(
        samples: 2, Shape(channels: 64, height: 16, width: 16), context.activationLayout)
      let kernel = try ConvolutionKernel(
        .init(input: input, output: output, kernel: 3, stride: 2, top: 0, left: 0), fusesReLU: true, keeps: true,
        weights: PackedWeights(shape: [64, channels, 3, 3], context), context)
      // The gradient of the images, which training never computes, has no fast kernel.
      let (forward, byInput, byWeights) = try kernel.implementations()
      for name in channels == 1 ? [forward, byWeights] : [forward, byInput, byWeights] {
        #expect(!name.hasPrefix("ref"), "\(name), \(channels) channels")
      }
    }
  }

  @Test func tooLittleMemoryIsAnError() throws {
    let error = #expect(throws: BackdropError.self) { try FloatBuffer(count: 1 << 58) }
    #expect(error?.code == .memory)
    #expect(throws: BackdropError.self) { try FloatBuffer(count: .max) }
  }

  @Test(arguments: [
    (DNNL_RUNTIME_TBB, true, "TBB"), (DNNL_RUNTIME_THREADPOOL, true, "thread pool"), (77, true, "unknown"),
    (DNNL_RUNTIME_OMP, false, "omp_set_num_threads was not found"),
  ])
  func threadsWhoseNumberCannotBeSetAreRefused(runtime: UInt32, canSetThreads: Bool, message: String) throws {
    let error = #expect(throws: BackdropError.self) {
      try ThreadingRuntime.check(runtime, canSetThreads: canSetThreads)
    }
    #expect(error?.code == .oneDNN)
    #expect(error?.message.contains(message) == true)
  }

  @Test func threadsWhoseNumberCanBeSetAreAccepted() throws {
    try ThreadingRuntime.check(DNNL_RUNTIME_OMP, canSetThreads: true)
    try ThreadingRuntime.check(DNNL_RUNTIME_SEQ, canSetThreads: false)
    try ThreadingRuntime.check()
  }

  @Test func clearedGradientsAreNotMoved() throws {
    let context = try ComputeContext(threads: 1)
    let weights = PackedWeights(shape: [2, 1, 1, 1], context)
    let sum = try weights.gradientSum(memoryDescription([2, 1, 1, 1], tag: dnnl_oihw))
    for place in 0..<2 { sum.packed.pointer[place] = 1 }
    var target: [Float] = [0, 0]
    sum.add()
    weights.clearGradients()
    try weights.moveGradients(to: &target)
    #expect(target == [0, 0])
    sum.add()
    try weights.moveGradients(to: &target)
    #expect(target == [1, 1])
  }

  /// A worker's kernels run on whatever thread the system provides.
  @Test func kernelRunsOnAnyThread() async throws {
    let made = try OneChannelConvolution()
    let here = try made.weightGradients()
    let there: [Float] = try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try made.weightGradients() }) }.start()
    }
    #expect(here == there)
    #expect(here.contains { $0 != 0 })
  }

  @Test func missingArgumentIsAnError() throws {
    let context = try ComputeContext(threads: 1)
    var memory = memoryDescription([4, 4], tag: dnnl_ab)
    var operation = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_forward_desc_init(&operation, dnnl_forward_training, dnnl_eltwise_relu, &memory, 0, 0), "a ReLU")
    let relu = try Primitive(&operation, context, "a ReLU")
    #expect(try relu.memory(dnnl_query_src_md).ndims == 2)
    let error = #expect(throws: BackdropError.self) { try relu.memory(dnnl_query_weights_md) }
    #expect(error?.code == .oneDNN)
  }
}

/// The first layer's convolution, of one channel, on made-up numbers.
private final class OneChannelConvolution: @unchecked Sendable {
  // Sendable: used by one thread at a time.
  private let kernel: ConvolutionKernel
  private let weights: PackedWeights
  private let input: FloatBuffer
  private let gradient: FloatBuffer
  private let context: ComputeContext

  init() throws {
    context = try ComputeContext(threads: 1)
    context.enter()
    let shape = Shape(channels: 1, height: 33, width: 33)
    let input = TensorShape(samples: 2, shape, .plain)
    let output = TensorShape(samples: 2, Shape(channels: 64, height: 16, width: 16), context.activationLayout)
    weights = PackedWeights(shape: [64, 1, 3, 3], context)
    kernel = try ConvolutionKernel(
      .init(input: input, output: output, kernel: 3, stride: 2, top: 0, left: 0), fusesReLU: true, keeps: true,
      weights: weights, context)
    self.input = try FloatBuffer(count: input.count)
    gradient = try FloatBuffer(count: output.count)
    for index in 0..<input.count { self.input.pointer[index] = Float(index % 7) - 3 }
    for index in 0..<output.count { gradient.pointer[index] = Float(index % 5) - 2 }
  }

  func weightGradients() throws -> [Float] {
    context.enter()
    var bias = [Float](repeating: 0, count: 64)
    var sum = [Float](repeating: 0, count: 64 * 9)
    try kernel.addGradients(gradient.pointer, input: input.pointer, biasSum: &bias)
    try weights.moveGradients(to: &sum)
    return sum + bias
  }
}
