import CGpgen
import GpgenCommands
import TextureDataset
import TextureStream

// The functions for sources and mappings that gpgen.h declares and documents.

/// `gpgen_interface_version` of gpgen.h.
@_cdecl("gpgen_interface_version")
public func interfaceVersion() -> Int32 { GPGEN_INTERFACE_VERSION }

/// `gpgen_run_program` of gpgen.h.
@_cdecl("gpgen_run_program")
public func runProgramOfProcess() { runProgram() }

/// `gpgen_open` of gpgen.h.
@_cdecl("gpgen_open")
public func open(
  _ path: UnsafePointer<CChar>?, _ program: UnsafePointer<CChar>?, _ source: UnsafeMutablePointer<UInt64>?,
  _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let result = try required(source, "source")
    result.pointee = Handles.add(
      try OpenSource(path: try text(path, "path"), program: try optionalText(program, "program")))
    return GPGEN_OK
  }
}

/// `gpgen_open_recipe` of gpgen.h.
@_cdecl("gpgen_open_recipe")
public func openRecipe(
  _ recipe: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?, _ folder: UnsafePointer<CChar>?,
  _ source: UnsafeMutablePointer<UInt64>?, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let result = try required(source, "source")
    result.pointee = Handles.add(
      try OpenSource(
        recipe: try text(recipe, "recipe"), name: try optionalText(name, "name") ?? "recipe",
        folder: try optionalText(folder, "folder") ?? ""))
    return GPGEN_OK
  }
}

/// `gpgen_close` of gpgen.h.
@_cdecl("gpgen_close")
public func close(_ source: UInt64, _ error: UnsafeMutablePointer<gpgen_error>?) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    _ = try Handles.remove(source, OpenSource.self)
    return GPGEN_OK
  }
}

/// `gpgen_describe` of gpgen.h.
@_cdecl("gpgen_describe")
public func describe(
  _ source: UInt64, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    try copyText(try Handles.object(source, OpenSource.self).description, to: text, capacity: capacity, length: length)
  }
}

/// `gpgen_read` of gpgen.h.
@_cdecl("gpgen_read")
public func read(
  _ source: UInt64, _ samples: UnsafePointer<Int64>?, _ count: Int, _ pixels: UnsafeMutablePointer<Float>?,
  _ capacity: Int, _ threads: Int32, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(source, OpenSource.self)
    let samples = try array(samples, count: count, "samples")
    try open.check(samples)
    guard threads == 0 || TextureStream.Options.threadsRange.contains(Int(threads)) else {
      throw Failure(GPGEN_INVALID_ARGUMENT, "threads: found \(threads), expected 0 to 1024")
    }
    guard !samples.isEmpty else { return GPGEN_OK }
    let buffer = try required(pixels, "pixels")
    let (needed, overflows) = count.multipliedReportingOverflow(by: open.source.recipe.field.shape.pixels)
    guard !overflows, capacity >= needed || capacity < 0 else {
      throw Failure(
        GPGEN_TOO_SMALL,
        overflows
          ? "count: found \(count), whose pixels exceed the address space; read fewer samples"
          : "capacity: found \(capacity) floats, expected at least \(needed)")
    }
    do throws(StreamError) {
      try open.source.read(
        samples.map { Int($0) }, into: UnsafeMutableBufferPointer(start: buffer, count: needed),
        threads: threads == 0 ? availableCores() : Int(threads))
    } catch {
      throw Failure(error, isRecipe: open.isRecipe)
    }
    return GPGEN_OK
  }
}

/// `gpgen_labels` of gpgen.h.
@_cdecl("gpgen_labels")
public func labels(
  _ source: UInt64, _ samples: UnsafePointer<Int64>?, _ count: Int, _ labels: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(source, OpenSource.self)
    let samples = try array(samples, count: count, "samples")
    try open.check(samples)
    guard !samples.isEmpty else { return GPGEN_OK }
    let buffer = try required(labels, "labels")
    for (place, sample) in samples.enumerated() {
      buffer[place] = Int64(open.source.recipe.classIndex(ofSample: Int(sample)))
    }
    return GPGEN_OK
  }
}

/// `gpgen_map` of gpgen.h.
@_cdecl("gpgen_map")
public func map(
  _ source: UInt64, _ mapping: UnsafeMutablePointer<UInt64>?, _ pixels: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ bytes: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<gpgen_error>?
) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    let open = try Handles.object(source, OpenSource.self)
    let (result, start, count) = (
      try required(mapping, "mapping"), try required(pixels, "pixels"), try required(bytes, "bytes")
    )
    guard let dataset = open.dataset else {
      throw Failure(GPGEN_UNSUPPORTED, "a recipe has no files to map; read its textures with gpgen_read")
    }
    let mapped: PixelMapping?
    do throws(DatasetError) { mapped = try PixelMapping(dataset) } catch {
      throw Failure(error.code == .memory ? GPGEN_MEMORY : GPGEN_FILE, error.message)
    }
    guard let mapped else {
      throw Failure(
        GPGEN_UNSUPPORTED,
        "\(dataset.header.path): the pixels of its shards do not fill whole pages of memory, so they cannot be mapped "
          + "contiguously; map each shard separately")
    }
    (start.pointee, count.pointee) = (mapped.pixels, mapped.byteCount)
    result.pointee = Handles.add(mapped)
    return GPGEN_OK
  }
}

/// `gpgen_unmap` of gpgen.h.
@_cdecl("gpgen_unmap")
public func unmap(_ mapping: UInt64, _ error: UnsafeMutablePointer<gpgen_error>?) -> gpgen_status {
  returningStatus(error) { () throws(Failure) in
    _ = try Handles.remove(mapping, PixelMapping.self)
    return GPGEN_OK
  }
}
