import Testing

@testable import TextureDataset

@Suite struct CountTextTests {
  @Test(arguments: [
    (0, "sample", "0 samples"), (1, "sample", "1 sample"), (2, "sample", "2 samples"), (2, "batch", "2 batches"),
    (2, "class", "2 classes"), (2, "epoch", "2 epochs"), (1, "batch", "1 batch"),
  ])
  func nounFollowsItsNumber(count: Int, noun: String, text: String) {
    #expect(counted(count, noun) == text)
  }
}
