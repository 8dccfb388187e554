import Foundation

/// A number of bytes in readable form: "400.1 MiB".
public func byteText(_ bytes: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  var value = Double(bytes)
  var unit = 0
  while abs(value) >= 1024, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return unit == 0 ? counted(bytes, "byte") : String(format: "%.1f %@", value, units[unit])
}
