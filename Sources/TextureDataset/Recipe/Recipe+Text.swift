import Documents
import GaussianField

extension Recipe {
  /// A readable description of a candidate: only its length scale if that is all there is.
  package func candidateText(scale: Int, _ candidate: Int) -> String {
    let model = field.scales[scale].candidates[candidate]
    let isPlain = RecipeDocument(self).candidates == nil
    return model.lengthScale.flatMap { isPlain ? "\(significant($0)) px" : nil } ?? model.description
  }

  /// A readable description of what is done to the sum of fields.
  var finishText: String {
    let noise = field.noise == 0 ? "" : ", white noise \(field.noise.shortest)"
    return
      switch field.transform
    {
    case .identity: noise
    case .lognormal: noise + ", lognormal"
    case .threshold(let level): noise + ", threshold \(level.shortest)"
    }
  }
}

extension CovarianceModel: CustomStringConvertible {
  /// The form of the command line: "squared_exponential:length_scale=9.5".
  public var description: String {
    name + (parameters.isEmpty ? "" : ":")
      + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(separator: ",")
  }
}

extension ParameterValue {
  /// The number, or the range: "9.5", "5..20".
  var text: String {
    fixed.map(\.shortest) ?? "\(bounds.minimum.shortest)..\(bounds.maximum.shortest)"
  }
}
