import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Certificates of good and faulty textures, with fixed seeds. Benchmarks/certificates.py measures the rates over many.
@Suite struct CertifierTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private static func recipe(
    _ shape: FieldShape = .square(side: 12), boundary: Boundary = .periodic, noise: Double = 0,
    transform: PixelTransform = .identity, dtype: Recipe.DType = .float32, seed: UInt64 = 3, samples: Int = 24
  ) throws -> Recipe {
    let field = try FieldModel(
      shape: shape, boundary: boundary,
      scales: [Scale(lengthScales: [1, 1.3], weight: 0.75), Scale(lengthScales: [3], weight: 1.25)], noise: noise,
      transform: transform)
    return try Recipe(field: field, dtype: dtype, seed: seed, samples: samples)
  }

  private func certificate(of recipe: Recipe) throws -> Certificate {
    try folder.make(recipe)
    return try DatasetCertifier(try DatasetReader(folder("data.h5")), file: "data.h5", threads: 2).run()
  }

  /// Certifies modified textures of a recipe, stored as float64 in a .npy file.
  private func certificate(
    of recipe: Recipe, _ change: (_ pixels: inout [Float], _ sample: Int, _ all: [[Float]]) -> Void
  ) throws -> Certificate {
    try folder.make(recipe)
    let images = try folder.images().map { $0.elements(Float.self) }
    var bytes = Data()
    for (sample, image) in images.enumerated() {
      var pixels = image
      change(&pixels, sample, images)
      for pixel in pixels { withUnsafeBytes(of: Double(pixel)) { bytes.append(contentsOf: $0) } }
    }
    let shape = ([images.count] + recipe.field.shape.extents).map(String.init).joined(separator: ", ")
    try (NumPyBytes.header("{'descr': '<f8', 'fortran_order': False, 'shape': (\(shape)), }") + bytes).write(
      to: URL(filePath: folder("fields.npy")))
    return try DatasetCertifier(foreign: folder("fields.npy"), recipe: recipe, threads: 2).run()
  }

  /// Each passes with a probability of 99%.
  @Test(arguments: [
    (FieldShape.square(side: 12), Boundary.periodic), (.image(height: 9, width: 22), .periodic),
    (.series(length: 61), .periodic), (.volume(depth: 8, height: 9, width: 10), .periodic),
    (.square(side: 9), .open), (.series(length: 40), .open),
  ])
  func goodTexturesPass(shape: FieldShape, boundary: Boundary) throws {
    for noise in [0, 0.3] {
      let certificate = try certificate(of: try Self.recipe(shape, boundary: boundary, noise: noise))
      #expect(certificate.verdict == .passed, "\(certificate.text)")
      #expect(certificate.testCount == certificate.tests.count && certificate.tests.count > 15)
      #expect(certificate.failures.isEmpty && certificate.fits.count == 6)
      folder.clearFiles()
    }
  }

  @Test func lognormalAndHalfPrecisionPass() throws {
    for boundary in Boundary.allCases {
      let lognormal = try certificate(of: try Self.recipe(boundary: boundary, transform: .lognormal))
      #expect(lognormal.verdict == .passed, "\(lognormal.text)")
      folder.clearFiles()
      let half = try certificate(of: try Self.recipe(boundary: boundary, noise: 0.1, dtype: .float16))
      #expect(half.verdict == .passed, "\(half.text)")
      folder.clearFiles()
    }
  }

  /// Every sample is whitened with its own spectrum.
  @Test func texturesWithRangesPass() throws {
    func candidate(_ minimum: Double, _ maximum: Double) throws -> CovarianceModel {
      try CovarianceModel(
        family: SquaredExponential.family, [CovarianceFamily.lengthScaleName: .uniform(minimum...maximum)])
    }
    let field = try FieldModel(
      shape: .square(side: 16),
      scales: [
        Scale(weight: 1, candidates: [try candidate(1, 1.5), try candidate(1.5, 2)]),
        Scale(lengthScales: [4], weight: 2),
      ])
    let recipe = try Recipe(field: field, seed: 8, samples: 30)
    let good = try certificate(of: recipe)
    #expect(good.verdict == .passed && good.fits.isEmpty && good.tests.count > 20, "\(good.text)")
    let foreign = try DatasetCertifier(foreign: folder("data.h5"), recipe: recipe, threads: 1).run()
    #expect(foreign.verdict == .untestable && foreign.reason?.contains("unknown") == true)
  }

  @Test func standardizedTexturesAreUntestable() throws {
    let certificate = try certificate(of: try .small(standardize: true))
    #expect(certificate.verdict == .untestable && certificate.p == nil)
    #expect(certificate.reason?.contains("standardized") == true)
  }

  /// The kinds of test that fail, for a periodic and an open field.
  private func expectFailure(
    _ kinds: CertificateTest.Kind..., boundaries: [Boundary] = Boundary.allCases,
    shape: FieldShape = .square(side: 12), _ change: (_ pixels: inout [Float], _ sample: Int, _ all: [[Float]]) -> Void
  ) throws {
    for boundary in boundaries {
      let certificate = try certificate(of: try Self.recipe(shape, boundary: boundary, noise: 0.1), change)
      #expect(certificate.verdict == .failed, "\(boundary): \(certificate.text)")
      for kind in kinds {
        #expect(certificate.failures.contains { $0.kind == kind }, "\(boundary): \(certificate.text)")
      }
      folder.clearFiles()
    }
  }

  @Test func equalSamplesAreFound() throws {
    try expectFailure(.samples) { pixels, sample, all in if sample == 13 { pixels = all[5] } }
    // Two classes.
    try expectFailure(.samples, boundaries: [.periodic]) { pixels, sample, all in
      if sample == 13 { pixels = all[6] }
    }
    let certificate = try certificate(of: try Self.recipe(noise: 0.1)) { pixels, sample, all in
      if sample == 13 { pixels = all[5] }
    }
    #expect(certificate.failures.contains { $0.kind == .samples && $0.pair == [5, 13] })
  }

  @Test func rolledAndMirroredSamplesAreFound() throws {
    try expectFailure(.samples, boundaries: [.periodic]) { pixels, sample, all in
      if sample == 13 { pixels = (0..<144).map { all[5][($0 / 12 + 3) % 12 * 12 + ($0 + 5) % 12] } }
    }
    try expectFailure(.samples) { pixels, sample, all in
      if sample == 13 { pixels = (0..<144).map { -all[5][$0 / 12 * 12 + 11 - $0 % 12] } }
    }
  }

  @Test func wrongMeanIsFound() throws {
    try expectFailure(.mean) { pixels, _, _ in for k in pixels.indices { pixels[k] += 1.5 } }
  }

  @Test func samplesWithACommonComponentAreFound() throws {
    try expectFailure(.mean) { pixels, sample, all in
      for k in pixels.indices { pixels[k] = 0.8 * pixels[k] + 0.6 * all[0][k] }
    }
  }

  @Test func wrongPowerIsFound() throws {
    try expectFailure(.power, .parameters, boundaries: [.periodic]) { pixels, _, _ in
      for k in pixels.indices { pixels[k] *= 1.2 }
    }
    try expectFailure(.power, .parameters, .variogram, boundaries: [.open], shape: .square(side: 8)) { pixels, _, _ in
      for k in pixels.indices { pixels[k] *= 1.6 }
    }
  }

  @Test func heavyTailsAreFound() throws {
    try expectFailure(.gaussianity) { pixels, sample, _ in
      let factor: Float = sample / 4 % 3 == 0 ? 1.7 : 0.1
      for k in pixels.indices { pixels[k] *= factor }
    }
  }

  @Test func nonFinitePixelsAreFound() throws {
    for value in [Float.nan, .infinity] {
      for boundary in Boundary.allCases {
        let certificate = try certificate(of: try Self.recipe(boundary: boundary, noise: 0.1)) { pixels, sample, _ in
          if [3, 7, 9].contains(sample) { pixels[77] = value }
        }
        #expect(certificate.verdict == .failed)
        let failure = try #require(certificate.failures.first)
        #expect(failure.kind == .finite && failure.measured == 3 && failure.firstSample == 3, "\(certificate.text)")
        #expect(certificate.text.contains("not finite (first: sample 3)"))
        folder.clearFiles()
      }
    }
  }

  /// The fit lies within five standard errors (the Cramér-Rao bound), although the recipe is off by 10%.
  @Test(arguments: [Boundary.periodic, .open])
  func bestFittingLengthScaleIsFound(boundary: Boundary) throws {
    func field(_ lengthScale: Double) throws -> FieldModel {
      try FieldModel(
        shape: .square(side: 9), boundary: boundary, scales: [Scale(lengthScales: [lengthScale], weight: 1)],
        noise: 0.05)
    }
    try folder.make(try Recipe(field: try field(1.8), samples: 30))
    let header = NumPyBytes.header("{'descr': '<f4', 'fortran_order': False, 'shape': (30, 9, 9), }")
    try folder.images().reduce(header, +).write(to: URL(filePath: folder("fields.npy")))
    let certificate = try DatasetCertifier(
      foreign: folder("fields.npy"), recipe: try Recipe(field: try field(1.6)), threads: 1
    ).run()
    #expect(certificate.verdict == .failed)
    let fit = try #require(certificate.fits.first { $0.parameter == .lengthScale })
    #expect(fit.value == 1.6 && abs(fit.best - 1.8) < 5 * fit.standardError, "\(fit)")
  }

  @Test func certificateAppliesToTheseBytes() throws {
    let recipe = try Self.recipe(samples: 12)
    try folder.make(recipe, shards: 3)
    let file = try CertificateFile(dataset: folder("data.h5"))
    #expect(file.path == folder("data.h5.certificate.json"))
    #expect(try Inspection(of: folder("data.h5")).certificate == nil)
    let certificate = try DatasetCertifier(try DatasetReader(folder("data.h5")), file: "data.h5", threads: 2).run()
    try file.write(certificate)
    #expect(try Inspection(of: folder("data.h5")).certificate?.matches == true)
    // Another dataset of the same name.
    try folder.make(try Self.recipe(seed: 4, samples: 12), shards: 3, policy: .replace)
    let stale = try #require(try Inspection(of: folder("data.h5")).certificate)
    #expect(!stale.matches && stale.text.contains("certify it again"))
    try Data("{".utf8).write(to: URL(filePath: file.path))
    #expect(try Inspection(of: folder("data.h5")).certificate == nil)
  }

  @Test func damagedPixelsAreRefused() throws {
    try folder.make(try Self.recipe())
    let reader = try DatasetReader(folder("data.h5"))
    try folder.flipByte(of: "data.h5", at: reader.shards[0].layout.imageOffset + 5000)
    let error = try #require(throws: DatasetError.self) {
      try DatasetCertifier(reader, file: "data.h5", threads: 1).run()
    }
    #expect(error.message.contains("does not match its checksum"))
  }
}

extension DatasetFolder {
  fileprivate func clearFiles() { try? clear() }
}

/// Writes .npy files.
enum NumPyBytes {
  /// A header of version 1.0 or later, padded like NumPy's.
  static func header(_ text: String, version: UInt8 = 1) -> Data {
    let lengthBytes = version == 1 ? 2 : 4
    let start = 8 + lengthBytes
    let padding = (64 - (start + text.utf8.count + 1) % 64) % 64
    let body = Array(text.utf8) + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    let length = (0..<lengthBytes).map { UInt8(body.count >> (8 * $0) & 0xFF) }
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + length + body)
  }
}
