import ArgumentParser
import Foundation
import GaussianField
import HeaderSandbox
import TextureDataset

/// A comma-separated list of numbers, as in `9.5,10`.
struct NumberList: ExpressibleByArgument {
  let numbers: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == parts.count else { return nil }
    self.numbers = numbers
  }
}

/// Parsers of recipe values that have a short form on the command line.
private enum RecipeText {
  /// Extents, as in `512,1024`.
  @Sendable static func shape(_ text: String) throws -> FieldShape {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let extents = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard extents.count == parts.count, let shape = FieldShape(extents: extents) else {
      throw ValidationError("expected 1 to 3 whole numbers in axis order: x, y,x or z,y,x")
    }
    return shape
  }

  /// `NAME` or `NAME:key=value,key=value`.
  @Sendable static func covariance(_ text: String) throws -> CovarianceTemplate {
    do { return try CovarianceTemplate(text) } catch {
      throw ValidationError(error.message.replacingOccurrences(of: "`covariance`: ", with: ""))
    }
  }

  /// `NAME` or `NAME:key=value,key=value`.
  @Sendable static func preset(_ text: String) throws -> Preset {
    do { return try Preset(text) } catch { throw ValidationError(error.message) }
  }

  /// `lognormal` or `threshold:LEVEL`.
  @Sendable static func transform(_ text: String) throws -> PixelTransform {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts == [TransformForm.lognormal] { return .lognormal }
    guard parts.count == 2, parts[0] == TransformForm.threshold, let level = Double(parts[1]), level.isFinite else {
      throw ValidationError("expected lognormal or threshold:LEVEL, as in threshold:0.5")
    }
    return .threshold(level)
  }
}

extension Boundary: ExpressibleByArgument {}
extension Recipe.DType: ExpressibleByArgument {}

/// The options that determine pixels and labels.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Start from a recipe in YAML (- for standard input) or from the recipe of a file that gpgen made; the other options override it.",
      valueName: "file"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Start from the fields of a publication: backdrop-2018, or neural-operator:alpha=2.5,tau=7,sigma=S.",
      valueName: "preset"),
    completion: .list(Preset.names), transform: RecipeText.preset)
  var preset: Preset?

  @Option(
    parsing: .unconditional,
    help: "Number of scales; 1, 2 or 3 have default length scales, in proportion to --size. (default: 2)")
  var scales: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Candidate length scales of one scale, in pixels; repeat the option for each scale. A class is one choice of each.",
      valueName: "l,l"))
  var lengthScales: [NumberList] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weight of each scale's field in the sum. (default: 1 each, or those of the default scales)", valueName: "w,w"))
  var weights: NumberList?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Covariance of all scales, or of one if repeated for each, as in matern:nu=1.5; `gpgen covariances` lists the families. (default: squared_exponential)",
      valueName: "name:key=value,…"),
    transform: RecipeText.covariance)
  var covariance: [CovarianceTemplate] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Side of the square textures, 8 to 32768 pixels. (default: 1024)", valueName: "pixels"),
    transform: OptionRange.side)
  var size: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Extents of other textures in pixels: x, y,x or z,y,x, as in 512,1024.", valueName: "n,n"),
    transform: RecipeText.shape)
  var shape: FieldShape?

  @Option(
    help: "Boundary condition: periodic textures, or windows of a larger field (open); periodic by default.")
  var boundary: Boundary?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Maximum fraction of an open field's variance in negative eigenvalues of its embedding. (default: 0)",
      valueName: "delta"))
  var allowClamping: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Standard deviation of the white noise added to every pixel. (default: 0)", valueName: "sd"))
  var noise: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Transform of every pixel, applied last: lognormal, its exponential; or threshold:LEVEL, 1 above the level and 0 elsewhere.",
      valueName: "transform"),
    transform: RecipeText.transform)
  var transform: PixelTransform?

  @Flag(
    inversion: .prefixedNo,
    help: "Scale each field to mean 0 and standard deviation 1 in every texture. (default: no)")
  var standardize: Bool?

  @Option(help: "Type of the stored pixels; float32 by default.")
  var dtype: Recipe.DType?

  @Option(
    parsing: .unconditional,
    help: "Number of textures; the class of sample i is i modulo the number of classes. (default: 100)",
    transform: OptionRange.samples)
  var samples: Int?

  @Option(
    parsing: .unconditional, help: "Key of the random numbers, 0 to 2^53 - 1. (default: 0)",
    transform: OptionRange.jsonSeed)
  var seed: UInt64?

  /// The recipe of the options without a file, after validation.
  private var validated = Validated()

  /// Decodable only because ArgumentParser requires it; it is not an option.
  private struct Validated: Decodable {
    var recipe: Recipe?

    init() {}
    init(from decoder: any Decoder) {}
  }

  mutating func validate() throws {
    if size != nil, shape != nil {
      throw ValidationError("--size and --shape both set the size of textures; give one of them.")
    }
    if recipe != nil, preset != nil {
      throw ValidationError("--recipe and --preset are both starting points; give one of them.")
    }
    // Errors thrown here show the help of the option. A recipe file is read when the command runs.
    if recipe == nil { validated.recipe = try makeRecipe() }
  }

  /// The options without the file or preset.
  private var document: RecipeDocument {
    RecipeDocument(
      side: size, shape: shape, lengthScales: lengthScales.isEmpty ? nil : lengthScales.map(\.numbers),
      weights: weights?.numbers, covariance: covariance.isEmpty ? nil : covariance, boundary: boundary, noise: noise,
      transform: transform, allowedClamping: allowClamping,
      standardize: standardize, dtype: dtype, seed: seed, samples: samples, scales: scales)
  }

  /// Reads a short text from a file, a pipe, or standard input for "-".
  ///
  /// - Parameter what: the kind of text, for the error message.
  static func read(_ path: String, what: String = "recipe") throws -> String {
    let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    guard let handle else {
      throw FileProblem(description: "\(path): cannot read the \(what): \(String(cString: strerror(errno)))")
    }
    // Recipes are short; the limit guards against endless input.
    do {
      // Empty input reads as nil.
      let data = try handle.read(upToCount: 1 << 20) ?? Data()
      if let text = String(data: data, encoding: .utf8) { return text }
    } catch {
      throw FileProblem(description: "\(path): cannot read the \(what): \(error.localizedDescription)")
    }
    throw FileProblem(description: "\(path): cannot read the \(what): expected UTF-8 text in YAML")
  }

  /// The keys of a YAML recipe, whose paths are relative to its own folder.
  static func yamlDocument(_ path: String) throws -> RecipeDocument {
    try RecipeDocument(yaml: try read(path), file: name(of: path), folder: folder(of: path))
  }

  /// The recipe of a YAML file, with defaults for missing keys.
  static func yamlRecipe(_ path: String) throws -> Recipe {
    try Recipe(yaml: try read(path), file: name(of: path), folder: folder(of: path))
  }

  private static func name(of path: String) -> String { path == "-" ? "standard input" : path }

  /// The folder of a recipe file; empty for the working directory.
  private static func folder(of path: String) -> String {
    path.range(of: "/", options: .backwards).map { String(path[..<$0.upperBound]) } ?? ""
  }

  /// The keys of a YAML recipe, or of the recipe in a file that gpgen made.
  private static func document(_ path: String) throws -> RecipeDocument {
    if isHDF5(path) {
      try readInSandbox(.headers, [path])
      return RecipeDocument(try ShardHeader(reading: path).recipe)
    }
    return try yamlDocument(path)
  }

  /// Whether a regular file starts with the HDF5 signature; pipes are not read.
  private static func isHDF5(_ path: String) -> Bool {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return (try? FileHandle(forReadingAtPath: path)?.read(upToCount: 4)) == Data([0x89, 0x48, 0x44, 0x46])
  }

  /// The recipe of the file or preset, overridden by the options.
  ///
  /// - Throws: ``DatasetError`` for errors of the file, a usage error for errors of the options.
  func makeRecipe() throws -> Recipe {
    if let recipe = validated.recipe { return recipe }
    var base = RecipeDocument()
    if let preset {
      do { base = try preset.document(shape: shape ?? .square(side: size ?? Recipe.defaultSide)) } catch {
        throw ValidationError("--\(error.message)")
      }
    }
    if let recipe {
      base = try Self.document(recipe)
      // Errors in the file are reported even where an option overrides them.
      _ = try base.recipe()
    }
    do {
      return try base.merging(document).recipe()
    } catch {
      // The message may start with a recipe key; name the option instead.
      let options = ["side": "size", "length_scales": "length-scales", "allow_clamping": "allow-clamping"]
      let parts = error.message.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0].isEmpty else { throw ValidationError(error.message) }
      throw ValidationError("--\(options[String(parts[1])] ?? String(parts[1]))\(parts[2])")
    }
  }
}

/// An error of a file that is neither a usage error nor a dataset's; exit status 1.
struct FileProblem: Error, CustomStringConvertible {
  let description: String
}
