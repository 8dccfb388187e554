import Backdrop
import TextureDataset

/// A report of datasets, runs and experiments: one HTML file that needs no other, without scripts.
public struct HTMLReport: Sendable {
  /// The maximum size of a report, in bytes.
  public static let maximumBytes = 5_000_000

  private let subjects: [ReportSubject]
  private let threads: Int

  /// - Parameters:
  ///   - subjects: in the order of their sections; at least one.
  ///   - threads: that compute.
  public init(_ subjects: [ReportSubject], threads: Int) {
    self.subjects = subjects
    self.threads = threads
  }

  /// Measures datasets, applies networks to their own datasets where the report has these, and writes the page.
  ///
  /// - Parameters:
  ///   - shouldContinue: called often, on any thread; false stops the work.
  ///   - report: called with what is being done, on any thread.
  /// - Returns: the file's text.
  /// - Throws: ``DatasetError`` or ``BackdropError`` with code `.interrupted` where `shouldContinue` returned false; errors of
  ///   files and memory; ``ReportError`` with code `.tooLarge`.
  public func html(
    shouldContinue: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    let room = PictureRoom(sections: subjects.count)
    var sections: [HTML] = []
    for (index, subject) in subjects.enumerated() {
      report(subject.path)
      let id = "subject-\(index + 1)"
      let content: [HTML] =
        switch subject {
        case .dataset(let path, let dataset):
          try DatasetSection(path, dataset, room: room, threads: threads, shouldContinue: shouldContinue).html(id: id)
        case .run(let results):
          try await section(of: results, room, shouldContinue, report).html
        case .experiment(let results): ExperimentSection(results).html
        }
      sections.append(.element("section", ["id": id], [.element("h2", [:], subject.heading)] + content))
    }
    let page = page(sections)
    guard page.utf8.count <= Self.maximumBytes else {
      throw ReportError(
        .tooLarge,
        "the report has \(byteText(page.utf8.count)), expected at most \(byteText(Self.maximumBytes)); make several reports of fewer"
          + " paths")
    }
    return page
  }

  private func section(
    of results: RunResults, _ room: PictureRoom, _ shouldContinue: @escaping @Sendable () -> Bool,
    _ report: @escaping @Sendable (String) -> Void
  ) async throws -> RunSection {
    let dataset = subjects.lazy.compactMap { subject -> DatasetReader? in
      guard case .dataset(_, let dataset) = subject, dataset.recipe.datasetHash == results.record.dataset.hash
      else { return nil }
      return dataset
    }.first
    guard let dataset, let weights = RunTrial.weights(of: results) else {
      return RunSection(results: results, trial: nil, hasDataset: dataset != nil)
    }
    let trial = try await RunTrial(
      results, weights: weights, on: dataset, room: room, threads: threads, shouldContinue: shouldContinue,
      report: { report("\(results.path): \($0) of \(counted($1, "sample"))") })
    return RunSection(results: results, trial: trial, hasDataset: true)
  }

  private func page(_ sections: [HTML]) -> String {
    let title = subjects.count == 1 ? subjects[0].heading : "Report of \(counted(subjects.count, "subject"))"
    let entries = subjects.enumerated().map { index, subject in
      HTML.element("li", [:], [.element("a", ["href": "#subject-\(index + 1)"], subject.heading)])
    }
    let contents =
      entries.count > 1 ? [HTML.element("nav", ["aria-label": "Contents"], [.element("ol", [:], entries)])] : []
    return HTML.document(
      head: [
        .void("meta", ["charset": "utf-8"]),
        .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .void(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
          ]),
        .void("meta", ["name": "generator", "content": "gpgen"]), .element("title", [:], title),
        .style(StyleSheet.text),
      ],
      body: [
        .element("header", [:], [.element("h1", [:], "Report")] + contents), .element("main", [:], sections),
        .element(
          "footer", [:],
          "Made by gpgen report. Intervals and bands have a coverage of 95% unless a text says otherwise."),
      ]
    ).markup
  }
}
