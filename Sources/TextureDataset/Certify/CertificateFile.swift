import Foundation

/// A certificate beside the file that it is about.
public struct CertificateFile: Sendable {
  /// The certificate's file.
  public let path: String

  /// - Parameter path: of a dataset's shard or index, or of anybody's textures.
  public init(of path: String) { self.path = path + Self.ending }

  /// - Parameter dataset: a shard, an index, or a folder with the files of one dataset.
  /// - Throws: ``DatasetError`` where it is unclear what is meant.
  public init(dataset: String) throws(DatasetError) {
    let files = try DatasetFiles(dataset)
    self.init(of: files.index ?? files.shards.first?.path ?? dataset)
  }

  /// What follows the name of the file that is certified.
  static let ending = ".certificate.json"
  /// More than a certificate has.
  private static let maximumBytes = 16 << 20

  /// Writes a certificate, or replaces the one that is there.
  ///
  /// - Throws: ``DatasetError``; then the file is as it was.
  public func write(_ certificate: Certificate) throws(DatasetError) {
    try replaceFile(path, with: Array((certificate.json + "\n").utf8))
  }

  /// Refuses a file that cannot be written, before the work whose result it takes.
  public func refuseUnwritable() throws(DatasetError) { try refuseOutput(path, replace: true) }

  /// What a stored certificate says, and of which bytes.
  struct Summary: Decodable {
    let verdict: Certificate.Verdict
    let p: Double?
    let datasetHash: String
    let checksumsHash: String?
  }

  /// Reads a certificate's summary; nil where there is none that can be read.
  func summary() -> Summary? {
    guard let file = try? OpenedFile(path, expected: "a certificate"), file.size > 0, file.size <= Self.maximumBytes,
      let buffer = try? ReadBuffer(count: file.size), (try? file.read(buffer.bytes, at: 0)) != nil
    else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Summary.self, from: Data(buffer.bytes))
  }
}

/// What `inspect` says about a file's certificate.
package struct InspectedCertificate: Encodable, Sendable {
  package let file: String
  package let verdict: Certificate.Verdict
  package let p: Double?
  /// Whether it is about the bytes that the file has now.
  package let matches: Bool

  /// The certificate of a finished file; nil where there is none.
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

  /// For people.
  package var text: String {
    "\(verdict.rawValue)" + (p.map { ", p = \(Certificate.probability($0))" } ?? "")
      + (matches ? "" : "; of other bytes than these: certify again")
  }
}
