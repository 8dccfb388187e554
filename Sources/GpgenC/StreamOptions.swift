import CGpgen
import Documents
import Foundation
import TextureDataset
import TextureStream

/// The JSON options of a stream that `schemas/stream.schema.json` specifies, the same as those of `gpgen stream`.
struct StreamOptionsDocument: Decodable {
  var batchSize: Int?
  var shuffleSeed: UInt64?
  var sequential: Bool?
  var epochs: Int?
  var endless: Bool?
  var split: String?
  var validationFraction: Double?
  var testFraction: Double?
  var validationCount: Int?
  var testCount: Int?
  var splitSeed: UInt64?
  var crop: Int?
  var flip: Bool?
  var turn: Bool?
  var roll: Bool?
  var rank: Int?
  var worldSize: Int?
  var threads: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case sequential, epochs, endless, split, crop, flip, turn, roll, rank, threads
    case batchSize = "batch_size"
    case shuffleSeed = "shuffle_seed"
    case validationFraction = "validation_fraction"
    case testFraction = "test_fraction"
    case validationCount = "validation_count"
    case testCount = "test_count"
    case splitSeed = "split_seed"
    case worldSize = "world_size"
  }

  /// - Throws: ``Failure`` with code `GPGEN_INVALID_ARGUMENT`, which names the invalid key.
  init(json: String) throws(Failure) {
    let data = Data(json.utf8)
    let known = CodingKeys.allCases.map(\.rawValue)
    do {
      guard case .object(let members) = try JSONDecoder().decode(CanonicalJSON.self, from: data) else {
        throw Failure(
          GPGEN_INVALID_ARGUMENT, "options: found no JSON object, expected one such as {\"batch_size\": 16}")
      }
      if let key = members.keys.sorted().first(where: { !known.contains($0) }) {
        throw Failure(
          GPGEN_INVALID_ARGUMENT,
          "options: \"\(key)\" is not an option; expected \(known.sorted().joined(separator: ", "))"
        )
      }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let failure as Failure {
      throw failure
    } catch DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context) {
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw Failure(
        GPGEN_INVALID_ARGUMENT,
        key.isEmpty
          ? "options: invalid JSON: \(context.debugDescription)" : "options: `\(key)`: \(context.debugDescription)")
    } catch {
      throw Failure(GPGEN_INVALID_ARGUMENT, "options: \(error)")
    }
  }

  /// The options of a ``TextureStream``.
  ///
  /// - Throws: ``Failure`` with code `GPGEN_INVALID_ARGUMENT`.
  func options() throws(Failure) -> TextureStream.Options {
    var part: Split?
    if let split {
      guard let known = Split(rawValue: split) else {
        throw Failure(
          GPGEN_INVALID_ARGUMENT,
          "options: `split`: found \"\(split)\", expected \(Split.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      part = known
    }
    guard epochs == nil || endless != true else {
      throw Failure(GPGEN_INVALID_ARGUMENT, "options: `epochs` and `endless`: found both, expected one of them")
    }
    return TextureStream.Options(
      batchSize: batchSize ?? 16, seed: shuffleSeed ?? 0, sequential: sequential ?? false,
      epochs: endless == true ? nil : epochs ?? 1, split: part, splitRule: part == nil ? nil : try rule(),
      rank: rank ?? 0, ranks: worldSize ?? 1,
      augmentation: Augmentation(crop: crop, flip: flip ?? false, turn: turn ?? false, roll: roll ?? false),
      batchMemory: .batch, threads: threads ?? availableCores())
  }

  private func rule() throws(Failure) -> SplitRule {
    let counts = validationCount != nil || testCount != nil
    guard !counts || validationFraction == nil && testFraction == nil else {
      throw Failure(
        GPGEN_INVALID_ARGUMENT, "options: the parts are given by fractions and by counts; expected one of both")
    }
    do {
      return try SplitRule(
        validationFraction: validationFraction, testFraction: testFraction, validationCount: validationCount,
        testCount: testCount, seed: splitSeed)
    } catch {
      throw Failure(GPGEN_INVALID_ARGUMENT, "options: \(error.message)")
    }
  }
}
