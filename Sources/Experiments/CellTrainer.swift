import Backdrop
import TextureDataset
import TextureStream

/// Trains a cell, or resumes its training, and tests it.
struct CellTrainer: Sendable {
  let experiment: Experiment
  let cell: Cell
  /// The learning rate chosen for the cell's group; nil for the one in the settings.
  let learningRate: Double?
  /// The cell's folder.
  let folder: String
  let shouldStop: @Sendable () -> Bool
  let report: @Sendable (TrainingProgress) -> Void

  /// The result of the cell, trained if necessary.
  ///
  /// - Parameter known: the stored result, if the cell is finished.
  /// - Throws: ``ExperimentError``, with code `.interrupted` if it was stopped, and `.foreignResults` if the folder
  ///   contains a run of another experiment.
  func result(known: CellResult?) async throws(ExperimentError) -> CellResult {
    let configuration = try experiment.configuration(of: cell, learningRate: learningRate)
    if let known {
      try check(configuration)
      return known
    }
    do {
      let recipe = try experiment.recipe(of: cell)
      let trainer = try Trainer(configuration, on: try SampleSource(recipe), in: folder, policy: .resume)
      _ = try await trainer.run(shouldStop: shouldStop) { event in
        if case .step(let progress) = event { report(progress) }
      }
      let predictor = try Predictor(TrainedRun(folder), threads: experiment.threads, onWholeTextures: true)
      let evaluation = try await predictor.evaluate(on: try SampleSource(try testRecipe()), shouldStop: shouldStop)
      let result = CellResult(
        evaluation, try RunResults(folder).epochs,
        positives: experiment.settings[cell.network][cell.method].positiveClasses ?? [])
      try result.write(to: folder)
      return result
    } catch let error as ExperimentError {
      throw error
    } catch let error as BackdropError where error.code == .interrupted {
      throw ExperimentError(.interrupted, error.message, cause: error)
    } catch let error as BackdropError where error.code == .foreignCheckpoint {
      throw ExperimentError(.foreignResults, error.message, cause: error)
    } catch {
      throw ExperimentError(.failedCell, "\(experiment.path(of: cell)): \(error)", cause: error)
    }
  }

  /// The recipe of the textures that the cell is tested on: learning rates are not chosen on the test textures.
  private func testRecipe() throws(ExperimentError) -> Recipe {
    let dataset = experiment.datasets[cell.dataset]
    return cell.trialLearningRate == nil
      ? try experiment.testRecipe(dataset)
      : try dataset.recipe(samples: experiment.testSamples, seed: Experiment.validationSeed)
  }

  /// Refuses the result of another training configuration.
  private func check(_ configuration: TrainingConfiguration) throws(ExperimentError) {
    let record: RunRecord?
    do {
      record = try RunRecord.inFolder(folder)
    } catch {
      throw ExperimentError(.fileSystem, error.message, cause: error)
    }
    guard let record, record.training == configuration,
      record.dataset.hash == (try experiment.recipe(of: cell)).datasetHash
    else {
      throw ExperimentError(
        .foreignResults,
        "\(folder): was trained with settings other than the experiment's; remove the folder or choose another --out")
    }
  }
}
