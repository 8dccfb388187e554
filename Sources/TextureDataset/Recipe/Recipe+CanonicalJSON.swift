import Foundation
import GaussianField

extension Recipe {
  /// The version of the format that stores it: 1 for periodic square images of squared-exponential fields, which
  /// version 1 was limited to, else 2.
  public var formatVersion: Int {
    switch (field.shape, field.boundary, field.transform) {
    case (.image(let height, let width), .periodic, .identity) where height == width:
      field.noise == 0 && field.familyNames == [SquaredExponential.family.name] ? 1 : 2
    case (.series, _, _), (.image, _, _), (.volume, _, _): 2
    }
  }

  /// SHA-256 of the canonical JSON's UTF-8 bytes, in 64 lowercase hexadecimal digits: the dataset's identity.
  public var datasetHash: String { Array(canonicalJSON.utf8).withUnsafeBytes { sha256(of: $0) } }

  /// The maximum size of the canonical JSON, in bytes; it is read whole from untrusted files.
  static let maximumBytes = 65536

  /// Parses the recipe that a file stores.
  ///
  /// - Parameter text: canonical JSON as in ``canonicalJSON``. It is untrusted: unknown and missing keys, values of a
  ///   wrong type or out of range, and any other than the canonical form are refused.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(canonicalJSON text: String) throws(DatasetError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw DatasetError(
        .invalidRecipe, "The stored recipe has \(text.utf8.count) bytes, expected at most \(Self.maximumBytes).")
    }
    let stored: RecipeDocument
    do {
      stored = try JSONDecoder().decode(RecipeDocument.self, from: Data(text.utf8))
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.invalidRecipe, "The stored recipe is not a JSON object.", cause: error)
    }
    self = try stored.recipe()
    let document = RecipeDocument(self)
    for key in RecipeKey.allCases where stored.value(of: key) == nil && document.value(of: key) != nil {
      throw DatasetError(.invalidRecipe, "The stored recipe has no `\(key.rawValue)`.")
    }
    // Compare bytes, since the dataset hash is that of the bytes.
    guard text.utf8.elementsEqual(canonicalJSON.utf8) else {
      throw DatasetError(
        .invalidRecipe,
        "The stored recipe is not in canonical form (RFC 8785), so it was not written by gpgen; expected \(canonicalJSON)"
      )
    }
  }

  /// The keys whose values differ from those of `other`.
  package func keysThatDiffer(from other: Recipe) -> [String] {
    let (own, others) = (RecipeDocument(self), RecipeDocument(other))
    return RecipeKey.allCases.filter { own.value(of: $0) != others.value(of: $0) }.map(\.rawValue)
  }
}
