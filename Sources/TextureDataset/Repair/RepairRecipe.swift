/// Chooses the recipe for a repair.
enum RepairRecipe {
  /// The recipe stored in the files, else the one given, else that of the dataset's other files.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if there is none, if the files contain several without a
  ///   majority, or if the given one differs from theirs.
  static func choose(for dataset: DatasetFiles, path: String, given: Recipe?) throws(DatasetError) -> Recipe {
    if given == nil, let error = dataset.unfinished { throw error }
    let stored = dataset.recipes()
    if let given {
      guard stored.isEmpty || stored.contains(where: { $0.recipe == given }) else {
        let keys = stored[0].recipe.keysThatDiffer(from: given).joined(separator: ", ")
        throw DatasetError(
          .invalidRecipe, "\(path): its recipe differs from the one given in \(keys); omit --recipe")
      }
      try refuseShards(of: given, dataset, path)
      return given
    }
    let votes = stored.isEmpty ? dataset.recipes(siblings: true) : stored
    let most = votes.map(\.count).max()
    let candidates = votes.filter { $0.count == most }
    guard let chosen = candidates.first?.recipe else {
      throw DatasetError(
        .invalidRecipe, "\(path): no readable file of the dataset contains its recipe; give it with --recipe")
    }
    guard candidates.count == 1 else {
      let keys = chosen.keysThatDiffer(from: candidates[1].recipe).joined(separator: ", ")
      throw DatasetError(
        .invalidRecipe,
        "\(path): its files belong to different datasets, whose recipes differ in \(keys); choose one with --recipe")
    }
    try refuseShards(of: chosen, dataset, path)
    return chosen
  }

  private static func refuseShards(
    of recipe: Recipe, _ dataset: DatasetFiles, _ path: String
  ) throws(DatasetError) {
    guard dataset.names.shardCount <= recipe.samples else {
      throw DatasetError(
        .invalidRecipe,
        "\(path): \(counted(dataset.names.shardCount, "shard")) cannot hold the recipe's \(counted(recipe.samples, "sample"))"
      )
    }
  }
}
