import Foundation

/// A certificate stored beside the file that it certifies.
public struct CertificateFile: Sendable {
  /// The path of the certificate.
  public let path: String

  /// - Parameter path: a dataset's shard or index, or another file of textures.
  public init(of path: String) { self.path = path + Self.ending }

  /// - Parameter dataset: a shard, an index, or a folder that contains one dataset.
  /// - Throws: ``DatasetError`` if the path is ambiguous.
  public init(dataset: String) throws(DatasetError) {
    let files = try DatasetFiles(dataset)
    self.init(of: files.index ?? files.shards.first?.path ?? dataset)
  }

  /// The suffix of the certified file's name.
  static let ending = ".certificate.json"
  /// More than any certificate needs.
  private static let maximumBytes = 16 << 20

  /// Writes a certificate, replacing an existing one.
  ///
  /// - Throws: ``DatasetError``; the file is then unchanged.
  public func write(_ certificate: Certificate) throws(DatasetError) {
    try replaceFile(path, with: Array((certificate.json + "\n").utf8))
  }

  /// Throws if the file cannot be written. Call it before the work begins.
  public func refuseUnwritable() throws(DatasetError) { try refuseOutput(path, replace: true) }

  /// The verdict of a stored certificate, and the bytes to which it applies.
  struct Summary: Decodable {
    let verdict: Certificate.Verdict
    let p: Double?
    let datasetHash: String
    let checksumsHash: String?
  }

  /// Reads a certificate's summary; nil if there is no readable one.
  func summary() -> Summary? {
    guard let file = try? OpenedFile(path, expected: "a certificate"), file.size > 0, file.size <= Self.maximumBytes,
      let buffer = try? ReadBuffer(count: file.size), (try? file.read(buffer.bytes, at: 0)) != nil
    else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Summary.self, from: Data(buffer.bytes))
  }
}

/// A file's certificate as `inspect` reports it.
package struct InspectedCertificate: Encodable, Sendable {
  package let file: String
  package let verdict: Certificate.Verdict
  package let p: Double?
  /// Whether it applies to the current bytes of the file.
  package let matches: Bool

  /// The certificate of a finished file; nil if there is none.
  package init?(of header: ShardHeader) {
    let file = CertificateFile(of: header.path)
    guard let summary = file.summary() else { return nil }
    self.file = file.path
    (verdict, p) = (summary.verdict, summary.p)
    let checksums = try? header.checksums()
    matches =
      summary.datasetHash == header.recipe.datasetHash
      && checksums.map { Certificate.hash(of: $0) } == summary.checksumsHash
      && summary.checksumsHash != nil
  }

  /// A readable summary.
  package var text: String {
    "\(verdict.rawValue)" + (p.map { ", p = \(Certificate.probability($0))" } ?? "")
      + (matches ? "" : ", but the file has changed since: certify it again")
  }
}
