import Foundation
import Testing

/// `covariance` as a user runs it.
@Suite struct CovarianceTests {
  private let folder: ProgramFolder

  init() async throws {
    folder = try ProgramFolder()
    let made = try await folder.gpgen(
      "--size", "16", "--length-scales", "1.5,3", "--samples", "12", "--noise", "0.2", "--quiet", "--out", "data.h5")
    try #require(made.status == 0)
  }

  @Test func tableAndPictureAreWritten() async throws {
    let table = try await folder.gpgen("covariance", "data.h5", "--out", "covariance.csv")
    #expect(table.status == 0)
    #expect(
      table.output.firstMatch(
        of: #/^covariance\.csv: 2 classes, 12 samples; \d+ of \d+ points outside the 95% band\n$/#)
        != nil)
    let lines = try folder.text("covariance.csv").split(separator: "\n")
    #expect(lines[0] == "class,kind,x,measured,expected,low,high" && lines[1].hasPrefix("1.5,covariance,0.0,"))
    #expect(lines.contains { $0.hasPrefix("3,spectrum,") })
    let picture = try await folder.gpgen("covariance", "data.h5", "--out", "covariance.png", "--quiet")
    #expect(picture.status == 0 && picture.output == "")
    #expect(try folder.data("covariance.png").prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
  }

  @Test func someSamplesAreMeasured() async throws {
    let outcome = try await folder.gpgen("covariance", "data.h5", "--samples", "5", "--out", "c.csv", "--threads", "1")
    #expect(outcome.status == 0 && outcome.output.contains("2 classes, 5 samples"))
  }

  @Test(arguments: [
    (["data.h5", "--out", "covariance.txt"], "expected a name that ends in .csv, like covariance.csv"),
    (["none.h5", "--out", "c.csv"], "none.h5"), (["data.h5", "--out", "c.csv", "--samples", "0"], "--samples"),
  ])
  func badInputIsRefused(arguments: [String], message: String) async throws {
    let outcome = try await folder.gpgen(["covariance"] + arguments)
    #expect(outcome.status != 0 && outcome.errors.contains(message))
    #expect(try folder.names == ["data.h5"])
  }

  @Test func existingFileNeedsForce() async throws {
    try folder.write("mine", to: "c.csv")
    let refused = try await folder.gpgen("covariance", "data.h5", "--out", "c.csv")
    #expect(refused.status != 0 && refused.errors.contains("use --force"))
    #expect(try folder.text("c.csv") == "mine")
    #expect(try await folder.gpgen("covariance", "data.h5", "--out", "c.csv", "--force").status == 0)
    #expect(try folder.text("c.csv").hasPrefix("class,"))
  }
}
