import CGpgen
import Documents
import Foundation
import HeaderSandbox
import TextureDataset
import TextureStream

/// A source that the caller has opened.
final class OpenSource: NamedObject {
  static let kind = "a source"

  let source: SampleSource
  /// The files; nil for a recipe.
  let dataset: DatasetReader?

  /// Opens a dataset's files.
  ///
  /// - Parameters:
  ///   - path: a shard, an index, or a folder of shards.
  ///   - program: path of the gpgen command, which reads their structure first; nil for trusted files.
  init(path: String, program: String?) throws(Failure) {
    do {
      if let program { try readInSandbox(.read, [path], program: program) }
      let dataset = try DatasetReader(path)
      source = try SampleSource(dataset)
      self.dataset = dataset
    } catch {
      throw Failure(GPGEN_FILE, "\(error)")
    }
  }

  /// Opens a recipe.
  init(recipe: String, name: String, folder: String) throws(Failure) {
    do {
      source = try SampleSource(try Recipe(yaml: recipe, file: name, folder: folder))
      dataset = nil
    } catch {
      throw Failure(GPGEN_RECIPE, "\(error)")
    }
  }

  var isRecipe: Bool { dataset == nil }

  /// The description in JSON that `schemas/source.schema.json` specifies.
  var description: String {
    get throws(Failure) {
      let recipe = source.recipe
      guard let stored = try? JSONDecoder().decode(CanonicalJSON.self, from: Data(recipe.canonicalJSON.utf8)) else {
        throw Failure(GPGEN_RECIPE, "cannot read the recipe's canonical JSON")
      }
      func numbers(_ values: [Int]) -> CanonicalJSON { .array(values.map { .number(Double($0)) }) }
      let shape = recipe.field.shape
      var members: [String: CanonicalJSON] = [
        "kind": .string(isRecipe ? "recipe" : "dataset"), "dataset_hash": .string(recipe.datasetHash), "recipe": stored,
        "first": .number(Double(source.samples.lowerBound)), "count": .number(Double(source.samples.count)),
        "axes": .array(shape.axes.map { .string($0) }), "extents": numbers(shape.extents),
        "pixels": .string(shape.name), "dtype": .string(recipe.dtype.rawValue),
        "classes": .array(
          (0..<recipe.classCount).map { index in
            .object(["name": .string(recipe.className(index)), "choices": numbers(recipe.choices(ofClass: index))])
          }),
      ]
      if let dataset {
        members["files"] = .array(
          dataset.shards.map { shard in
            .object([
              "file": .string(shard.path), "first": .number(Double(shard.samples.lowerBound)),
              "count": .number(Double(shard.samples.count)), "offset": .number(Double(shard.pixelOffset)),
            ])
          })
      }
      return CanonicalJSON.object(members).text
    }
  }

  /// Checks that the caller's sample indices are in range.
  func check(_ samples: UnsafeBufferPointer<Int64>) throws(Failure) {
    for (place, sample) in samples.enumerated() where !source.samples.contains(Int(sample)) {
      throw Failure(
        GPGEN_INVALID_ARGUMENT,
        "samples[\(place)]: found \(sample), expected \(source.samples.lowerBound) to \(source.samples.upperBound - 1)")
    }
  }
}

/// Pixels that the caller has mapped.
extension PixelMapping: NamedObject {
  static let kind = "a mapping"
}
