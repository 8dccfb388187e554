import COneDNN

/// The attributes of an operation: a scratchpad that the caller provides, and optionally a fused ReLU.
final class PrimitiveAttributes {
  let handle: dnnl_primitive_attr_t

  /// - Parameters:
  ///   - fusesReLU: whether to apply max(x, 0) to the result.
  ///   - name: the operation's name in error messages.
  init(fusesReLU: Bool, _ name: String) throws(BackdropError) {
    var created: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&created), name)
    guard let created else { throw BackdropError(.oneDNN, "oneDNN returned no attributes for \(name)") }
    handle = created
    // From here on `deinit` destroys them, even if an error is thrown.
    try check(dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), name)
    if fusesReLU { try appendReLU(name) }
  }

  deinit { dnnl_primitive_attr_destroy(handle) }

  private func appendReLU(_ name: String) throws(BackdropError) {
    var operations: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&operations), name)
    // The attributes keep a copy.
    defer { dnnl_post_ops_destroy(operations) }
    try check(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0), name)
    try check(dnnl_primitive_attr_set_post_ops(handle, operations), name)
  }
}
