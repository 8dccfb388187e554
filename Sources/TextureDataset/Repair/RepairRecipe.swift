/// By which recipe a dataset is repaired.
enum RepairRecipe {
  /// The recipe that the files tell, else the one given, else that of the dataset's other files.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where there is none, where files tell several and none more
  ///   often than the others, or where the one given is another than theirs.
  static func choose(for dataset: DatasetFiles, path: String, given: Recipe?) throws(DatasetError) -> Recipe {
    if given == nil, let error = dataset.unfinished { throw error }
    let told = dataset.recipes()
    if let given {
      guard told.isEmpty || told.contains(where: { $0.recipe == given }) else {
        let keys = told[0].recipe.keysThatDiffer(from: given).joined(separator: ", ")
        throw DatasetError(
          .invalidRecipe, "\(path): has another recipe than the one given: they differ in \(keys); leave out --recipe")
      }
      try refuseShards(of: given, dataset, path)
      return given
    }
    let votes = told.isEmpty ? dataset.recipes(siblings: true) : told
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
        "\(path): its files are of different datasets, which differ in \(keys); say which one it is with --recipe")
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
