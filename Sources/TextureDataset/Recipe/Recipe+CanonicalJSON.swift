import CCrypto
import Foundation

extension Recipe {
  /// The recipe as canonical JSON (RFC 8785): every key, sorted, no white space; what a file stores.
  public var canonicalJSON: String {
    let members: [RecipeKey: CanonicalJSON] = [
      .boundary: .string(boundary.rawValue),
      .covariance: .string(covariance.rawValue),
      .dtype: .string(dtype.rawValue),
      .lengthScales: .array(lengthScales.map { .array($0.map { .number($0) }) }),
      .samples: .number(Double(samples)),
      .seed: .number(Double(seed)),
      .side: .number(Double(side)),
      .standardize: .bool(standardize),
      .weights: .array(weights.map { .number($0) }),
    ]
    return CanonicalJSON.object(
      Dictionary(uniqueKeysWithValues: members.map { ($0.key.rawValue, $0.value) })
    ).text
  }

  /// SHA-256 of the canonical JSON's UTF-8 bytes, in 64 lowercase hexadecimal digits: the dataset's identity.
  ///
  /// The corresponding C function is `SHA256`.
  public var datasetHash: String {
    let bytes = Array(canonicalJSON.utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = SHA256(bytes, bytes.count, &digest)
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// The recipe that a file stores.
  ///
  /// - Parameter text: canonical JSON as ``canonicalJSON`` gives it. It comes from a file and may be anything: a key
  ///   too many or too few, a value of the wrong type or out of range, or the right recipe in other than its
  ///   canonical form, is refused.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(canonicalJSON text: String) throws(DatasetError) {
    // The longest recipe, one of 1,024 candidates, is a third of this; HDF5's attributes end here too.
    guard text.utf8.count <= 65536 else {
      throw DatasetError(
        .invalidRecipe, "The stored recipe has \(text.utf8.count) bytes, expected 65536 at most.")
    }
    let stored: StoredRecipe
    do {
      stored = try JSONDecoder().decode(StoredRecipe.self, from: Data(text.utf8))
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.invalidRecipe, "The stored recipe is not a JSON object.", cause: error)
    }
    try self.init(
      side: stored.side,
      lengthScales: stored.lengthScales,
      weights: stored.weights,
      covariance: Covariance(recipeValue: stored.covariance),
      boundary: Boundary(recipeValue: stored.boundary),
      standardize: stored.standardize,
      dtype: DType(recipeValue: stored.dtype),
      seed: stored.seed,
      samples: stored.samples)
    // Compared as bytes: the dataset hash is that of the bytes.
    guard text.utf8.elementsEqual(canonicalJSON.utf8) else {
      throw DatasetError(
        .invalidRecipe,
        "The stored recipe is not in canonical form (RFC 8785), so it was not written by gpgen;"
          + " expected \(canonicalJSON)")
    }
  }
}

/// The members of a stored recipe, of the right types and not yet checked.
private struct StoredRecipe: Decodable {
  var boundary: String
  var covariance: String
  var dtype: String
  var lengthScales: [[Double]]
  var samples: Int
  var seed: UInt64
  var side: Int
  var standardize: Bool
  var weights: [Double]

  /// A member's name, known or not.
  struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    for key in members.allKeys where RecipeKey(rawValue: key.stringValue) == nil {
      throw DatasetError(
        .invalidRecipe,
        "The stored recipe has a key \(key.stringValue.quoted) that this version of gpgen does not know;"
          + " a newer one may have written it.")
    }
    func value<Value: Decodable>(_ key: RecipeKey) throws(DatasetError) -> Value {
      do {
        return try members.decode(Value.self, forKey: Key(stringValue: key.rawValue))
      } catch DecodingError.keyNotFound {
        throw DatasetError(.invalidRecipe, "The stored recipe has no `\(key.rawValue)`.")
      } catch {
        throw DatasetError(
          .invalidRecipe, "The stored recipe's `\(key.rawValue)` is not \(key.expectation).", cause: error)
      }
    }
    boundary = try value(.boundary)
    covariance = try value(.covariance)
    dtype = try value(.dtype)
    lengthScales = try value(.lengthScales)
    samples = try value(.samples)
    seed = try value(.seed)
    side = try value(.side)
    standardize = try value(.standardize)
    weights = try value(.weights)
  }
}
