import Testing

@testable import Report

@Suite struct ExperimentTests {
  private let folder: ReportFolder
  private static let header =
    "dataset,samples,network,method,budget,metric,seeds,mean,low,high,baseline,difference,difference_low,"
    + "difference_high,ceiling\n"

  init() throws { folder = try ReportFolder() }

  @Test func experimentIsShown() async throws {
    let method = "\"<script>alert(2)</script>, \"\"x\"\" ]]>\""
    var rows = Self.header
    for samples in [40, 80, 160] {
      rows += "d,\(samples),n,plain,,accuracy,3,0.5,0.4,0.6,,,,,0.9\n"
      rows += "d,\(samples),n,\(method),,accuracy,3,0.6,0.5,0.7,plain,0.1,0.05,0.15,0.9\n"
    }
    rows += "d,320,n,plain,,accuracy,0,,,,,,,,\n"
    try folder.write(rows, to: "e/summary.csv")
    try folder.write("run,accuracy\na,1\nb,0\n", to: "e/results.csv")
    try folder.write(
      """
      {"name": "<b>", "title": "</h2><script>", "description": "]]>", "cells": 8, "finished": 7, "more": [1]}
      """, to: "e/experiment.json")
    let text = try await folder.report("e")
    let page = try Page(text)
    #expect(!text.contains("<script") && !text.contains("]]>"))
    #expect(text.contains("Still running: 7 of 8 runs are finished."))
    // A point for each size in the lines, and one for each method in the dot plots; the ceiling has none.
    #expect(page.points(ofChart: "accuracy by training samples") == [3, 3, 0])
    for size in [40, 80, 160] { #expect(page.points(ofChart: "accuracy, \(size) training samples") == [0, 1, 1]) }
    #expect(text.contains("<td class=\"number\">0.05 to 0.15</td>"))
  }

  @Test func lengthsOfTrainingAreShown() async throws {
    let header = "dataset,samples,method,budget,steps,metric,mean\n"
    var rows = header
    for steps in [500, 4000] {
      for budget in ["steps", "cost"] { rows += "d,40,plain,\(budget),\(steps),accuracy,0.5\n" }
    }
    try folder.write(rows, to: "e/summary.csv")
    let page = try Page(try await folder.report("e"))
    #expect(page.points(ofChart: "accuracy by steps") == [2, 2])
    for steps in [500, 4000] { #expect(page.points(ofChart: "accuracy, \(steps) steps") == [1, 1]) }

    // With several numbers of training textures, there is a group for each length.
    rows += rows.split(separator: "\n").dropFirst().map { $0.replacing(",40,", with: ",80,") + "\n" }.joined()
    try folder.write(rows, to: "e/summary.csv")
    let text = try await folder.report("e")
    #expect(text.contains("<h3>accuracy, 500 steps</h3>") && text.contains("<h3>accuracy, 4000 steps</h3>"))
    #expect(try Page(text).points(ofChart: "accuracy by training samples") == [2, 2])
  }

  @Test func experimentWithoutResultsIsShown() async throws {
    try folder.write("{}", to: "e/experiment.json")
    #expect(try await folder.report("e").contains("No group of runs has results yet."))
    try folder.write(Self.header, to: "e/summary.csv")
    #expect(try await folder.report("e").contains("No group of runs has results yet."))
  }

  /// Whatever numbers a row has, the page is well-formed.
  @Test func extremeNumbersAreDrawn() async throws {
    try folder.write(
      Self.header + "d,1e300,,a,,m,1,1e308,-1e308,1e308,,,,,\nd,0,,a,,m,1,-1e308,,,,,,,1e-320\nd,-5,,b,,m,,0,,,,,,,\n",
      to: "e/summary.csv")
    let text = try await folder.report("e")
    _ = try Page(text)
    #expect(text.contains("1e+308"))
  }

  @Test(arguments: [
    ("summary.csv", "a\n\"", "summary.csv:2: a quoted cell is not closed"),
    ("summary.csv", "dataset,samples,method,metric,mean\nd,x,m,a,1\n", "summary.csv:2: `samples`: found \"x\""),
    ("summary.csv", "dataset,samples,method,metric,mean\nd,1,m,a,nan\n", "summary.csv:2: `mean`: found \"nan\""),
    ("experiment.json", "[]", "experiment.json: "),
    ("experiment.json", "{\"cells\": \"x\"}", "experiment.json: `cells`: "),
  ])
  func errorsNameBrokenFiles(file: String, text: String, message: String) throws {
    try folder.write(text, to: "e/\(file)")
    let error = #expect(throws: ReportError.self) { try ReportSubject(folder("e")) }
    #expect(error?.message.hasPrefix("\(folder("e"))/\(message)") == true, "\(error?.message ?? "")")
  }
}
