import ArgumentParser
import TextureDataset

@main
struct Gpgen: ParsableCommand {
  func run() throws {}
}
