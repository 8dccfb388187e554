import Foundation
import Testing

@testable import Backdrop

@Suite struct NetworkYAMLTests {
  private static let everyLayer = Network(
    inputChannels: 3,
    layers: [
      .convolution(7, kernel: 5, stride: 2, padding: 4), .relu, .leakyReLU(0.2),
      .maxPool(3, stride: 2, padding: 1), .averagePool(2),
      .convolution(7, kernel: 1), .meProp(1000), .sbp(0.3, places: .random, unbiased: true), .backdrop(0.85),
      .backdrop(1e-7, axes: [.channel, .x], fixedElement: [6, 0]),
      .dropout(0.1), .globalAveragePool, .flatten, .linear(4),
      .backdrop(1, axes: [.sample]),
    ])

  @Test func networkReadsBackFromItsYAML() throws {
    #expect(try Network(yaml: Self.everyLayer.yaml, file: "network.yaml") == Self.everyLayer)
    let reference = try Network.reference(side: 1024, outputs: 4, fineMask: 0.85, coarseMask: 0.95)
    #expect(try Network(yaml: reference.yaml, file: "network.yaml") == reference)
  }

  @Test func everyKindOfLayerIsCovered() {
    #expect(Set(Self.everyLayer.layers.map(\.name)) == Set(OperationTable.all.map { $0.name }))
  }

  @Test func omittedKeysHaveDefaults() throws {
    let yaml = """
      layers:
        - convolution:            # block style as well
            kernel: 3
            channels: 8
        - relu: {}
        - "max_pool": {kernel: 3}
        - backdrop: {probability: 1}
      """
    let expected = Network(layers: [
      .convolution(8, kernel: 3, stride: 1, padding: 0), .relu,
      .maxPool(3, stride: 3, padding: 0),
      .backdrop(1, axes: [.sample, .y, .x]),
    ])
    #expect(try Network(yaml: yaml, file: "network.yaml") == expected)
  }

  /// An invalid network, the line of the error, and what the message must say.
  @Test(arguments: [
    ("layers: [relu]\nchannels: 3", 2, "\"channels\" is not a key of a network, expected one of `input_channels`"),
    ("layers: [relu]\ninput_channels: 0", 2, "`input_channels`: found \"0\", expected a whole number from 1 to 65536"),
    ("layers: 3", 1, "`layers`: found \"3\", expected a list of 1 to 1000 layers"),
    ("layers: []", 1, "`layers`: found an empty list, expected a list of 1 to 1000 layers"),
    ("layers:\n  - relu\n  - tanh", 3, "\"tanh\" is not a layer, expected one of `convolution`, `relu`"),
    ("layers:\n  - conv: {kernel: 3}", 2, "\"conv\" is not a layer, expected one of `convolution`"),
    ("layers:\n  - convolution", 2, "`convolution`: found no `channels`, expected a whole number from 1 to 65536"),
    ("layers:\n  - convolution: 64", 2, "`convolution`: found \"64\", expected its keys in braces: `channels`"),
    ("layers:\n  - relu: 1", 2, "`relu`: found \"1\", expected its keys in braces, or `- relu` alone"),
    ("layers:\n  - relu: {slope: 1}", 2, "\"slope\" is not a key of `relu`, which has none"),
    (
      "layers:\n  - convolution: {channels: 4, kernel: 3,\n      stide: 2}", 3,
      "\"stide\" is not a key of `convolution`, expected one of `channels`, `kernel`, `stride`, `padding`"
    ),
    (
      "layers:\n  - convolution: {channels: 4, kernel: 3,\n      stride: two}", 3,
      "`stride`: found \"two\", expected a whole number from 1 to 1024 (pixels)"
    ),
    (
      "layers:\n  - relu\n  - convolution: {channels: 4, kernel: 3, stride: 0}", 3,
      "layer 1 (convolution): `stride`: found 0, expected a whole number from 1 to 1024"
    ),
    (
      "layers:\n  - max_pool: {kernel: 3, padding: 2}", 2,
      "layer 0 (max_pool): `padding`: found 2, expected a whole number from 0 to 1 (half the kernel)"
    ),
    (
      "layers:\n  - linear: {outputs: 99999999999999999999}", 2,
      "`outputs`: found \"99999999999999999999\", expected a whole number from 1 to 65536"
    ),
    (
      "layers:\n  - dropout: {probability: 1.5}", 2,
      "layer 0 (dropout): `probability`: found 1.5, expected a number from 0 to 1"
    ),
    ("layers:\n  - dropout: {probability: .nan}", 2, "`probability`: found \".nan\", expected a number from 0 to 1"),
    ("layers:\n  - backdrop: {axes: [y, x]}", 2, "`backdrop`: found no `probability`, expected a number from 0 to 1"),
    (
      "layers:\n  - backdrop:\n      probability: 0.5\n      axes: [y, z]", 4,
      "`axes`: found \"z\", expected a list of one or more of sample, channel, y, x, each once"
    ),
    ("layers:\n  - backdrop: {probability: 0.5, axes: [y, y]}", 2, "`axes`: found \"y\", expected"),
    ("layers:\n  - backdrop: {probability: 0.5, axes: []}", 2, "`axes`: found an empty list, expected"),
    (
      "layers:\n  - backdrop: {probability: 0.5, axes: [sample, y], fixed_element: [1, 2]}", 2,
      "layer 0 (backdrop): `fixed_element`: found [1, 2], expected an index of 0 or more for each of y"
    ),
    ("layers:\n  - {relu: {}, flatten: {}}", 2, "found a mapping, expected one layer, such as `- relu`"),
    ("layers:\n  - [relu]", 2, "found a list, expected one layer, such as `- relu`"),
    ("- relu", 1, "found a list, expected the keys of a network, such as `layers: [relu]`"),
    ("layers: &a [relu]", 1, "found an anchor or alias"),
    ("layers: [relu", 2, "this is not YAML"),
  ])
  func errorNamesFileLineAndKey(yaml: String, line: Int, says: String) throws {
    let error = try #require(throws: BackdropError.self) { try Network(yaml: yaml, file: "my/network.yaml") }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.hasPrefix("my/network.yaml:\(line): \(says)"), "\(error.message)")
  }

  @Test(arguments: ["", "input_channels: 1"])
  func networkWithoutLayersIsRefused(yaml: String) throws {
    let error = try #require(throws: BackdropError.self) { try Network(yaml: yaml, file: "network.yaml") }
    #expect(error.message.hasPrefix("network.yaml: found"), "\(error.message)")
  }
}

/// `schemas/network.schema.json` is a contract with other programs: it must agree with the code.
@Suite struct NetworkSchemaTests {
  private static func schema() throws -> [String: Any] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../schemas/network.schema.json")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  private static func definition(_ name: String) throws -> [String: Any] {
    let definitions = try #require(schema()["$defs"] as? [String: Any])
    return try #require(definitions[name] as? [String: Any])
  }

  @Test func schemaHasTheLayersAndTheirKeys() throws {
    let layers = try #require(Self.definition("layer")["properties"] as? [String: [String: Any]])
    #expect(Set(layers.keys) == Set(OperationTable.all.map { $0.name }))
    for kind in OperationTable.all {
      var layer = try #require(layers[kind.name])
      if let reference = layer["$ref"] as? String {
        layer = try Self.definition(String(reference.dropFirst("#/$defs/".count)))
      }
      let keys = (layer["properties"] as? [String: Any])?.keys.map { $0 } ?? []
      #expect(Set(keys) == Set(kind.keys.map(\.name)), "\(kind)")
    }
    let plain = try #require(Self.definition("plain")["enum"] as? [String])
    let words = OperationTable.all.map { $0.name }.filter {
      (try? NetworkFile(name: "n.yaml").network(of: "layers: [\($0)]")) != nil
    }
    #expect(Set(plain) == Set(words))
  }

  /// The keys that can be omitted are those that the schema does not require.
  @Test(arguments: OperationTests.examples)
  func schemaHasTheRequiredKeys(example: Layer) throws {
    let kind = type(of: example.operation)
    var layer = try #require((Self.definition("layer")["properties"] as? [String: [String: Any]])?[kind.name])
    if let reference = layer["$ref"] as? String {
      layer = try Self.definition(String(reference.dropFirst("#/$defs/".count)))
    }
    let required = layer["required"] as? [String] ?? []
    let values = zip(kind.keys.map(\.name), example.operation.values).filter { $1 != nil }
    for (omitted, _) in values {
      let others = values.filter { $0.0 != omitted }.map { "\($0): \($1 ?? "")" }.joined(separator: ", ")
      let yaml = "layers: [{\(kind.name): {\(others)}}]"
      let isRead = (try? NetworkFile(name: "n.yaml").network(of: yaml)) != nil
      #expect(isRead != required.contains(omitted), "\(yaml)")
    }
  }

  @Test func schemaHasTheRanges() throws {
    let layers = try #require((Self.schema()["properties"] as? [String: [String: Any]])?["layers"])
    #expect(layers["minItems"] as? Int == Network.layerRange.lowerBound)
    #expect(layers["maxItems"] as? Int == Network.layerRange.upperBound)
    for (name, range) in [
      ("channels", Network.channelRange), ("window", Network.windowRange),
      ("padding", 0...Network.windowRange.upperBound), ("probability", 0...1),
    ] {
      let definition = try Self.definition(name)
      #expect(definition["minimum"] as? Int == range.lowerBound, "\(name)")
      #expect(definition["maximum"] as? Int == range.upperBound, "\(name)")
    }
  }

  /// JSON is YAML too.
  @Test func exampleIsANetwork() throws {
    let examples = try #require(Self.schema()["examples"] as? [Any])
    let example = try JSONSerialization.data(withJSONObject: try #require(examples.first))
    let network = try Network(yaml: String(decoding: example, as: UTF8.self), file: "network.schema.json")
    #expect(try network.shapes(side: 64).last?.count == 4)
  }
}
