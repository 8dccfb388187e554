import COneDNN

extension TensorShape {
  /// oneDNN's description of memory of this shape.
  var memory: dnnl_memory_desc_t {
    let tag =
      switch layout {
      case .plain: dnnl_nchw
      case .blocked(8): dnnl_nChw8c
      case .blocked: dnnl_nChw16c
      case .channelsLast: dnnl_nhwc
      }
    return memoryDescription([samples, channels, height, width], tag: tag)
  }
}
