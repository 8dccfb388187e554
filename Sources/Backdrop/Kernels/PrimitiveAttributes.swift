import COneDNN

/// How an operation is made: with a scratchpad that the caller gives, and with a ReLU after it or not.
final class PrimitiveAttributes {
  let handle: dnnl_primitive_attr_t

  /// - Parameters:
  ///   - fusesReLU: apply max(x, 0) to the result.
  ///   - name: of the operation, for errors.
  init(fusesReLU: Bool, _ name: String) throws(BackdropError) {
    var created: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&created), name)
    guard let created else { throw BackdropError(.oneDNN, "oneDNN gave no attributes for \(name)") }
    handle = created
    // From here on `deinit` destroys them, after a throw too.
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
