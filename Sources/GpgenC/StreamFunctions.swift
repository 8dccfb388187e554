import CGpgen

// The functions for streams and batches that gpgen.h declares and documents.

/// `gpgen_stream_open` of gpgen.h.
@_cdecl("gpgen_stream_open")
public func openStream(
  _ source: UInt64, _ options: UnsafePointer<CChar>?, _ state: UnsafePointer<CChar>?,
  _ stream: UnsafeMutablePointer<UInt64>?, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let result = try required(stream, "stream")
    let open = try Handles.object(source, OpenSource.self)
    result.pointee = Handles.add(
      try OpenStream(open, options: try text(options, "options"), state: try optionalText(state, "state")))
    return GPGEN_OK
  }
}

/// `gpgen_stream_close` of gpgen.h.
@_cdecl("gpgen_stream_close")
public func closeStream(_ stream: UInt64, _ error: UnsafeMutablePointer<gpgen_error>?) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    try Handles.remove(stream, OpenStream.self).stop()
    return GPGEN_OK
  }
}

/// `gpgen_stream_describe` of gpgen.h.
@_cdecl("gpgen_stream_describe")
public func describeStream(
  _ stream: UInt64, _ info: UnsafeMutablePointer<gpgen_stream_info>?, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(stream, OpenStream.self)
    try required(info, "info").pointee = open.info
    return GPGEN_OK
  }
}

/// `gpgen_stream_state` of gpgen.h.
@_cdecl("gpgen_stream_state")
public func streamState(
  _ stream: UInt64, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    try copyText(try Handles.object(stream, OpenStream.self).stateText, to: text, capacity: capacity, length: length)
  }
}

/// `gpgen_stream_next` of gpgen.h.
@_cdecl("gpgen_stream_next")
public func nextBatch(
  _ stream: UInt64, _ batch: UnsafeMutablePointer<UInt64>?, _ info: UnsafeMutablePointer<gpgen_batch_info>?,
  _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(stream, OpenStream.self)
    let (handle, result) = (try required(batch, "batch"), try required(info, "info"))
    guard let next = try open.next() else { return GPGEN_END }
    result.pointee = next.info
    handle.pointee = Handles.add(next)
    return GPGEN_OK
  }
}

/// `gpgen_batch_release` of gpgen.h.
@_cdecl("gpgen_batch_release")
public func releaseBatch(_ batch: UInt64, _ error: UnsafeMutablePointer<gpgen_error>?) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    _ = try Handles.remove(batch, OpenBatch.self)
    return GPGEN_OK
  }
}

/// `gpgen_stream_next_into` of gpgen.h.
@_cdecl("gpgen_stream_next_into")
public func nextBatchInto(
  _ stream: UInt64, _ pixels: UnsafeMutablePointer<Float>?, _ pixelCapacity: Int,
  _ labels: UnsafeMutablePointer<Int64>?, _ samples: UnsafeMutablePointer<Int64>?, _ countCapacity: Int,
  _ info: UnsafeMutablePointer<gpgen_batch_info>?, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(stream, OpenStream.self)
    let (buffer, result) = (try required(pixels, "pixels"), try required(info, "info"))
    guard pixelCapacity >= open.floats || pixelCapacity < 0 else {
      throw Failure(
        GPGEN_TOO_SMALL, "pixel_capacity: found \(pixelCapacity) floats, expected at least \(open.floats)")
    }
    guard labels == nil && samples == nil || countCapacity >= open.batchSize || countCapacity < 0 else {
      throw Failure(GPGEN_TOO_SMALL, "count_capacity: found \(countCapacity), expected at least \(open.batchSize)")
    }
    guard let next = try open.next() else { return GPGEN_END }
    result.pointee = next.copy(pixels: buffer, labels: labels, samples: samples)
    return GPGEN_OK
  }
}
