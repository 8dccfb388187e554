import GaussianField
import TextureDataset

/// Describes what a run would make.
struct DryRun {
  let generator: DatasetGenerator

  var text: String {
    let recipe = generator.recipe
    var lines = [
      "samples   \(generator.samples.count) of \(recipe.field.shape) pixels, \(recipe.dtype.rawValue), seed \(recipe.seed)",
      "files     \(files)",
      "bytes     \(byteText(generator.bytes))",
      "memory    \(byteText(generator.memory)) with \(counted(generator.threads, "thread")), plus the program itself",
      "hash      \(recipe.datasetHash)",
      "classes   \(recipe.classCount)",
    ]
    let copies = generator.samplesToCopy
    if copies > 0 {
      lines.append("copies    \(counted(copies, "sample")) from the existing smaller dataset")
    }
    let variances = generator.classVariances
    let middle = recipe.field.hasRanges ? ", at the middle of the ranges" : ""
    for index in 0..<min(recipe.classCount, 16) {
      let variance =
        recipe.standardize
        ? "standardized in each sample" : "variance \(significant(variances[index])) at every pixel\(middle)"
      lines.append("  \(index)  \(recipe.className(index))  \(variance)")
    }
    if recipe.classCount > 16 { lines.append("  … and \(recipe.classCount - 16) more") }
    if let embedding = generator.sampler.embedding { lines.append("embedding \(embedding.text)") }
    lines.append("band limit (modes that carry all but the dropped fraction of a field's variance)\(middle)")
    let torus = generator.sampler.embedding?.extents ?? recipe.field.shape.extents
    // A series is one column of all its signed wave numbers.
    let columns = torus.count == 1 ? 1 : torus[torus.count - 1] / 2 + 1
    let all = torus.count == 1 ? torus[0] : torus.dropLast().reduce(columns, *)
    for (scale, limits) in generator.sampler.bandLimits.enumerated() {
      for (candidate, limit) in limits.enumerated() {
        lines.append(
          "  scale \(scale), \(recipe.candidateText(scale: scale, candidate)): \(limit.modes) of \(all) modes in "
            + "\(limit.columnCount) of \(columns) columns, dropped \(significant(limit.droppedVariance))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private var files: String {
    let (names, shards) = (generator.names, generator.shards)
    guard names.shardCount > 1 else { return names.path }
    let range = "\(names.shard(shards.lowerBound)) to \(names.shard(shards.upperBound - 1))"
    return generator.task == nil ? "\(names.path), index of \(range)" : range
  }
}
