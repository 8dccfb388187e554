import Testing

@testable import Backdrop

@Suite struct MaskTests {
  @Test func maskIsTheSameAlongAxesThatAreNotMasked() {
    let mask = Mask(extents: [1, 1, 2, 1], values: [0, 2])
    #expect(mask[3, 5, 0, 7] == 0)
    #expect(mask[3, 5, 1, 7] == 2)
  }
}
