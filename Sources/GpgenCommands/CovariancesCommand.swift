import ArgumentParser
import GaussianField
import TextureDataset

struct CovariancesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "covariances",
    abstract: "List the covariance families with their formulas and parameters.",
    discussion: "Use one with `--covariance NAME:key=value,…`. `docs/covariances.md` describes each family.")

  @Flag(help: "Print JSON, described by schemas/covariances.schema.json.")
  var json = false

  func run() throws {
    if json { return try printResult(CovarianceTable().json) }
    let families = CovarianceFamily.all.map { family in
      let parameters = family.parameters.map { parameter in
        "    \(parameter.name.padding(toLength: 14, withPad: " ", startingAt: 0))\(parameter.range): \(parameter.meaning)"
      }
      return """
        \(family.name)
          C(r) = \(family.formula)
        \(family.spectralDensity.map { "  S(k) = \($0)\n" } ?? "")\(parameters.joined(separator: "\n"))
          \(family.workedExample.map { "\($0.text)\n  " } ?? "")\(family.reference)
        """
    }
    let directions = CovarianceFamily.anisotropy(dimensions: 3).map { parameter in
      "    \(parameter.name.padding(toLength: 14, withPad: " ", startingAt: 0))\(parameter.range): \(parameter.meaning)"
    }
    try printResult(
      (families + [
        "anisotropy of every family, in images (ratio, angle) and volumes\n" + directions.joined(separator: "\n")
      ])
      .joined(separator: "\n\n"))
  }
}
