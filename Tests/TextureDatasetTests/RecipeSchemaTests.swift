import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// `schemas/recipe.schema.json` is a promise to other programs, so it must match the code.
@Suite struct RecipeSchemaTests {
  private static func schema() throws -> [String: Any] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../schemas/recipe.schema.json")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  private static func property(_ key: RecipeKey) throws -> [String: Any] {
    let properties = try #require(schema()["properties"] as? [String: Any])
    return try #require(properties[key.rawValue] as? [String: Any])
  }

  @Test func keysMatchTheRecipe() throws {
    let schema = try Self.schema()
    let properties = try #require(schema["properties"] as? [String: Any])
    #expect(Set(properties.keys) == Set(RecipeKey.allCases.map(\.rawValue)))
    #expect(schema["additionalProperties"] as? Bool == false)
    let stored = try #require((schema["$defs"] as? [String: Any])?["stored"] as? [String: Any])
    // One of the first three and one of the next two; the others are omitted at their defaults.
    let either: Set<RecipeKey> = [
      .candidates, .covariance, .lengthScales, .side, .shape, .noise, .transform, .allowClamping,
    ]
    #expect(
      stored["required"] as? [String] == RecipeKey.allCases.filter { !either.contains($0) }.map(\.rawValue).sorted())
  }

  @Test func rangesMatchTheRecipe() throws {
    let side = try Self.property(.side)
    #expect(side["minimum"] as? Int == FieldModel.sides.lowerBound)
    #expect(side["maximum"] as? Int == FieldModel.sides.upperBound)
    #expect(side["default"] as? Int == Recipe.defaultSide)
    let samples = try Self.property(.samples)
    #expect(samples["minimum"] as? Int == Recipe.sampleRange.lowerBound)
    #expect(samples["maximum"] as? Int == Recipe.sampleRange.upperBound)
    #expect(samples["default"] as? Int == Recipe.defaultSamples)
    let seed = try Self.property(.seed)
    #expect(seed["minimum"] as? Int == 0)
    #expect(seed["maximum"] as? UInt64 == Recipe.maximumSeed)
    let scales = try Self.property(.lengthScales)
    #expect(scales["minItems"] as? Int == Recipe.scaleRange.lowerBound)
    #expect(scales["maxItems"] as? Int == Recipe.scaleRange.upperBound)
    let candidates = try #require(scales["items"] as? [String: Any])
    #expect(candidates["maxItems"] as? Int == Recipe.maximumClassCount)
    let lengthScale = try #require(candidates["items"] as? [String: Any])
    #expect(lengthScale["minimum"] as? Double == CovarianceFamily.lengthScales.lowerBound)
    #expect(lengthScale["maximum"] as? Double == CovarianceFamily.lengthScales.upperBound)
    let weight = try #require(Self.property(.weights)["items"] as? [String: Any])
    #expect(weight["minimum"] as? Double == Recipe.weightRange.lowerBound)
    #expect(weight["maximum"] as? Double == Recipe.weightRange.upperBound)
  }

  @Test func namesMatchTheRecipe() throws {
    #expect(try Self.property(.boundary)["enum"] as? [String] == Boundary.allCases.map(\.rawValue))
    let names = CovarianceFamily.all.map(\.name).joined(separator: ", ")
    #expect(try Self.property(.covariance)["$comment"] as? String == "The names are \(names).")
    #expect(try Self.property(.dtype)["enum"] as? [String] == Recipe.DType.allCases.map(\.rawValue))
  }
}
