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

/// Values of a recipe that have a short form on the command line.
private enum RecipeText {
  /// Extents, as in `512,1024`.
  @Sendable static func shape(_ text: String) throws -> FieldShape {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let extents = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard extents.count == parts.count, let shape = FieldShape(extents: extents) else {
      throw ValidationError("expected 1 to 3 whole numbers in the order of the axes: x, y,x or z,y,x")
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
      throw ValidationError("expected lognormal, or threshold with its level, as in threshold:0.5")
    }
    return .threshold(level)
  }
}

extension Boundary: ExpressibleByArgument {}
extension Recipe.DType: ExpressibleByArgument {}

/// The options that decide pixels and labels.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Begin with a recipe in YAML (- for standard input), or with that of a file that gpgen made; the other options override it.",
      valueName: "file"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Begin with the fields of publications: backdrop-2018, or neural-operator:alpha=2.5,tau=7,sigma=S.",
      valueName: "preset"),
    completion: .list(Preset.names), transform: RecipeText.preset)
  var preset: Preset?

  @Option(
    parsing: .unconditional,
    help: "Number of scales: 1, 2 or 3 have default length scales, in proportion to --size. (default: 2)")
  var scales: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Side of the square textures: 8 to 32768 pixels. (default: 1024)", valueName: "pixels"),
    transform: OptionRange.side)
  var size: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Extents in pixels of textures that are not square: x, y,x or z,y,x, as in 512,1024.", valueName: "n,n"),
    transform: RecipeText.shape)
  var shape: FieldShape?

  @Option(help: "What happens at the edges: textures are periodic, or windows of a larger field. (default: periodic)")
  var boundary: Boundary?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Standard deviation of white noise in every pixel. (default: 0)", valueName: "sd"))
  var noise: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What becomes of every pixel, last of all: lognormal, its exponential; threshold:LEVEL, 1 above a level, else 0.",
      valueName: "transform"),
    transform: RecipeText.transform)
  var transform: PixelTransform?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fraction of an open field's variance that negative eigenvalues of its embedding may take. (default: 0)",
      valueName: "delta"))
  var allowClamping: Double?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Covariance of all scales, or once for each scale, as in matern:nu=1.5; `gpgen covariances` lists them. (default: squared_exponential)",
      valueName: "name:key=value,…"),
    transform: RecipeText.covariance)
  var covariance: [CovarianceTemplate] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Candidate length scales of one scale, in pixels; once for each scale. A class is one choice of each.",
      valueName: "l,l"))
  var lengthScales: [NumberList] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Weight of each scale's field in the sum. (default: 1 each, or the default scales' own)", valueName: "w,w"))
  var weights: NumberList?

  @Option(
    parsing: .unconditional, help: "Number of textures; sample i is of class i mod classes. (default: 100)",
    transform: OptionRange.samples)
  var samples: Int?

  @Option(
    parsing: .unconditional, help: "Key of the random numbers: 0 to 2^53 - 1. (default: 0)",
    transform: OptionRange.jsonSeed)
  var seed: UInt64?

  @Option(help: "How a pixel is stored. (default: float32)")
  var dtype: Recipe.DType?

  @Flag(
    inversion: .prefixedNo, help: "Bring each scale's field to mean 0 and deviation 1 in every texture. (default: no)")
  var standardize: Bool?

  /// The recipe of the options alone, once they are validated.
  private var validated = Validated()

  /// Not an option: there is nothing to decode.
  private struct Validated: Decodable {
    var recipe: Recipe?

    init() {}
    init(from decoder: any Decoder) {}
  }

  mutating func validate() throws {
    if size != nil, shape != nil {
      throw ValidationError("--size and --shape both say how large textures are; give one of them.")
    }
    if recipe != nil, preset != nil {
      throw ValidationError("--recipe and --preset both begin a recipe; give one of them.")
    }
    // Refused here, the options' own help is shown. A recipe file is read when the command runs.
    if recipe == nil { validated.recipe = try makeRecipe() }
  }

  /// The options alone.
  private var document: RecipeDocument {
    RecipeDocument(
      side: size, shape: shape, lengthScales: lengthScales.isEmpty ? nil : lengthScales.map(\.numbers),
      weights: weights?.numbers, covariance: covariance.isEmpty ? nil : covariance, boundary: boundary, noise: noise,
      transform: transform, allowedClamping: allowClamping,
      standardize: standardize, dtype: dtype, seed: seed, samples: samples, scales: scales)
  }

  /// A recipe's text, or another's that is as short, from a file, a pipe, or standard input for "-".
  ///
  /// - Parameter what: it is, for the message.
  static func read(_ path: String, what: String = "recipe") throws -> String {
    let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    guard let handle else {
      throw FileProblem(description: "\(path): cannot read the \(what): \(String(cString: strerror(errno)))")
    }
    // A recipe is short; what never ends is not read to its end.
    do {
      // Nothing at all reads as nil.
      let data = try handle.read(upToCount: 1 << 20) ?? Data()
      if let text = String(data: data, encoding: .utf8) { return text }
    } catch {
      throw FileProblem(description: "\(path): cannot read the \(what): \(error.localizedDescription)")
    }
    throw FileProblem(description: "\(path): cannot read the \(what): expected UTF-8 text in YAML")
  }

  /// What a recipe in YAML decides, and its paths lead from its own folder.
  static func yamlDocument(_ path: String) throws -> RecipeDocument {
    try RecipeDocument(yaml: try read(path), file: name(of: path), folder: folder(of: path))
  }

  /// The recipe of a YAML file; every key that it leaves open has its default.
  static func yamlRecipe(_ path: String) throws -> Recipe {
    try Recipe(yaml: try read(path), file: name(of: path), folder: folder(of: path))
  }

  private static func name(of path: String) -> String { path == "-" ? "standard input" : path }

  /// The folder of a recipe's file; empty for the working directory.
  private static func folder(of path: String) -> String {
    path.range(of: "/", options: .backwards).map { String(path[..<$0.upperBound]) } ?? ""
  }

  /// What a file decides: a recipe in YAML, or the recipe of a file that gpgen made.
  private static func document(_ path: String) throws -> RecipeDocument {
    if isHDF5(path) {
      try readInSandbox(.headers, [path])
      return RecipeDocument(try ShardHeader(reading: path).recipe)
    }
    return try yamlDocument(path)
  }

  /// Whether a file begins as HDF5 files do; a pipe is not looked into.
  private static func isHDF5(_ path: String) -> Bool {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return (try? FileHandle(forReadingAtPath: path)?.read(upToCount: 4)) == Data([0x89, 0x48, 0x44, 0x46])
  }

  /// The recipe: the file or the preset with the options laid over it.
  ///
  /// - Throws: ``DatasetError`` where the file is at fault, a usage error where the options are.
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
      // What is wrong in the file is the file's fault, even where an option would cover it.
      _ = try base.recipe()
    }
    do {
      return try base.merging(document).recipe()
    } catch {
      // The message may begin with a recipe's key, which here is an option.
      let options = ["side": "size", "length_scales": "length-scales", "allow_clamping": "allow-clamping"]
      let parts = error.message.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0].isEmpty else { throw ValidationError(error.message) }
      throw ValidationError("--\(options[String(parts[1])] ?? String(parts[1]))\(parts[2])")
    }
  }
}

/// An error that is neither the options' fault nor a dataset's; exit status 1.
struct FileProblem: Error, CustomStringConvertible {
  let description: String
}
