import Documents
import Testing

@testable import TextureDataset

@Suite struct RecipeCanonicalJSONTests {
  /// RFC 8785, appendix B: bits of a double and its text.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"),
      (0x8000_0000_0000_0000, "0"),
      (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"),
      (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"),
      (0xc340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
      (0x44b5_2d02_c7e1_4af6, "1e+23"),
      (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
      (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
      (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
      (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
      (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"),
      (0x41b3_de43_5555_5554, "333333333.33333325"),
      (0x41b3_de43_5555_5555, "333333333.3333333"),
      (0x41b3_de43_5555_5556, "333333333.3333334"),
      (0x41b3_de43_5555_5557, "333333333.33333343"),
      (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numberIsFormattedLikeECMAScript(bits: UInt64, text: String) {
    #expect(Double(bitPattern: bits).shortest == text)
  }

  @Test(arguments: [
    (1, "1"), (10, "10"), (9.5, "9.5"), (-9.5, "-9.5"), (0.1, "0.1"), (100, "100"), (1e16, "10000000000000000"),
    (1e20, "100000000000000000000"), (1.5e21, "1.5e+21"),
    (1e-7, "1e-7"), (1.25e-7, "1.25e-7"), (0.00001, "0.00001"), (1e100, "1e+100"), (4.75, "4.75"),
    (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
  ])
  func commonNumberIsFormattedBriefly(value: Double, text: String) {
    #expect(value.shortest == text)
  }

  @Test func everyNumberReadsBackExactly() {
    var random = SplitMix64(state: 1)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(Double(value.shortest) == value)
    }
  }

  /// RFC 8785, sections 3.2.2.2 and 3.2.3: the escapes, and the order of keys by UTF-16 code units, in which a
  /// surrogate pair (U+1F600) comes before U+FB33.
  @Test func stringsAndKeysAreCanonical() {
    let value = CanonicalJSON.object([
      "\u{fb33}": .number(1),
      "\u{1f600}": .number(2),
      "a": .array([.bool(true), .bool(false), .array([]), .object([:])]),
      "": .string("€$\u{f}\nA'B\"\\\u{8}\t\u{c}\r/\u{7f}"),
    ])
    #expect(
      value.text == #"{"":"€$\u000f\nA'B\"\\\b\t\f\r/"# + "\u{7f}"
        + "\",\"a\":[true,false,[],{}],\"\u{1f600}\":2,\"\u{fb33}\":1}")
  }

  /// The hash is from Python: hashlib.sha256(json.dumps(recipe, sort_keys=True, separators=(",", ":")).encode()).
  @Test func defaultRecipeMatchesTheGoldenOne() throws {
    let recipe = try RecipeDocument().recipe()
    #expect(
      recipe.canonicalJSON == #"{"boundary":"periodic","covariance":"squared_exponential","dtype":"float32","#
        + #""length_scales":[[9.5,10],[80,140]],"samples":100,"seed":0,"side":1024,"standardize":false,"#
        + #""weights":[0.75,1.25]}"#)
    #expect(recipe.datasetHash == "211c2337bc5bce53634bc2ce4bfd71404c1380caa29299496393c7a7ea873e35")
    #expect(recipe.formatVersion == 1)
  }

  @Test func everyValueChangesTheHash() throws {
    let base = RecipeDocument(lengthScales: [[9.5, 10], [80, 140]], weights: [1, 1])
    let variants = [
      RecipeDocument(), RecipeDocument(side: 512), RecipeDocument(lengthScales: [[9.5, 10], [80, 141]]),
      RecipeDocument(lengthScales: [[10, 9.5], [80, 140]]), RecipeDocument(weights: [1, 1.0.nextUp]),
      RecipeDocument(standardize: true), RecipeDocument(dtype: .float16), RecipeDocument(seed: 1),
      RecipeDocument(samples: 101),
    ]
    let hashes = try variants.map { try base.merging($0).recipe().datasetHash }
    #expect(Set(hashes).count == variants.count)
  }

  @Test(arguments: 0..<200)
  func storedRecipeReadsBack(seed: Int) throws {
    let recipe = try Recipe.random(seed: UInt64(seed))
    let read = try Recipe(canonicalJSON: recipe.canonicalJSON)
    #expect(read == recipe)
    #expect(read.datasetHash == recipe.datasetHash)
  }

  @Test func maximumRecipeIsStored() throws {
    let recipe = try Recipe.maximum()
    #expect(try Recipe(canonicalJSON: recipe.canonicalJSON) == recipe)
  }

  static let golden =
    #"{"boundary":"periodic","covariance":"squared_exponential","dtype":"float32","length_scales":"#
    + #"[[9.5,10],[80,140]],"samples":100,"seed":0,"side":1024,"standardize":false,"weights":[0.75,1.25]}"#

  /// A replacement in the golden recipe, and the expected text in the message about the result.
  @Test(arguments: [
    (#"boundary":"periodic"#, #"boundary":"torus"#, "expected periodic or open"),
    (#""periodic""#, "3", "`boundary`: found 3, expected periodic"),
    (#""seed":0,"#, "", "no `seed`"),
    (#""seed":0"#, #""sead":0"#, "a key \"sead\""),
    (#""seed":0"#, #""seed":0,"shards":4"#, "a key \"shards\""),
    (#""seed":0"#, #""seed":0,"seed":0"#, ""),
    (#""seed":0"#, #""seed":-1"#, "`seed`: found -1, expected a whole number"),
    (#""seed":0"#, #""seed":0.5"#, "`seed`: found 0.5, expected a whole number"),
    (#""seed":0"#, #""seed":"0""#, "`seed`: found \"0\", expected a whole number"),
    (#""seed":0"#, #""seed":null"#, "`seed`: found null, expected a whole number"),
    (#""seed":0"#, #""seed":true"#, "`seed`: found true, expected a whole number"),
    (#""seed":0"#, #""seed":00"#, ""),
    (#""seed":0"#, #""seed":9007199254740992"#, "`seed`: found 9007199254740992"),
    (#""seed":0"#, #""seed":1e999"#, ""),
    (#""side":1024"#, #""side":1024.0"#, "not in canonical form"),
    (#""side":1024"#, #""side":1e3"#, "not in canonical form"),
    (#""side":1024"#, #""side": 1024"#, "not in canonical form"),
    (#""side":1024"#, #""side":7"#, "`side`: found 7"),
    (#""side":1024"#, #""side":-9223372036854775809"#, "`side`"),
    (#""standardize":false"#, #""standardize":0"#, "`standardize`: found 0, expected true or false"),
    ("[[9.5,10],[80,140]]", "[9.5,10,80,140]", "`length_scales`: found "),
    ("[[9.5,10],[80,140]]", "[[9.5,10],[80,\"140\"]]", "`length_scales`: found "),
    ("[[9.5,10],[80,140]]", "[[9.5,10],[80,1e400]]", ""),
    ("[[9.5,10],[80,140]]", "[[9.5,10],[80,-1]]", "`length_scales`: found -1 in scale 1"),
    ("[0.75,1.25]", "[0.75]", "`weights`: found 1 for 2 scales"),
    ("[0.75,1.25]", "[0.75,1.25", ""),
    ("float32", "float64", "`dtype`: found \"float64\", expected float32 or float16"),
    ("squared_exponential", "gauss", "`covariance`: found \"gauss\""),
    ("}", "}\n", "not in canonical form"),
    ("}", "}}", ""),
    ("{", "\u{feff}{", ""),
  ])
  func alteredRecipeIsRefused(original: String, replacement: String, says: String) throws {
    let altered = Self.golden.replacing(original, with: replacement, maxReplacements: 1)
    #expect(altered != Self.golden)
    let error = try #require(throws: DatasetError.self) { try Recipe(canonicalJSON: altered) }
    #expect(error.code == .invalidRecipe)
    #expect(says.isEmpty || error.message.contains(says), "\(error.message)")
  }

  @Test(arguments: [
    "", " ", "null", "3", "[]", "{}", "\"", "{", "}", "\0", "{\"side\"", "nan", "\u{202e}",
    String(repeating: "[", count: 60_000), String(repeating: "{\"side\":", count: 8_000),
    "{\"length_scales\":" + String(repeating: "[", count: 60_000),
    "{\"seed\":" + String(repeating: "9", count: 60_000) + "}",
    String(repeating: "x", count: 70_000),
  ])
  func anythingElseIsRefused(text: String) throws {
    let error = try #require(throws: DatasetError.self) { try Recipe(canonicalJSON: text) }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.utf8.count < 1000)
  }

  @Test func everyPrefixIsRefused() {
    for length in 0..<Self.golden.count {
      #expect(throws: DatasetError.self) { try Recipe(canonicalJSON: String(Self.golden.prefix(length))) }
    }
  }
}
