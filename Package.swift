// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "gpgen",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "GaussianField", targets: ["GaussianField"]),
    .library(name: "TextureDataset", targets: ["TextureDataset"]),
    .library(name: "TextureStream", targets: ["TextureStream"]),
    .library(name: "Backdrop", targets: ["Backdrop"]),
    .library(name: "Experiments", targets: ["Experiments"]),
    // For C, and what calls C: gpgen.h.
    .library(name: "GpgenC", type: .dynamic, targets: ["CGpgen", "GpgenC"]),
    .executable(name: "gpgen", targets: ["gpgen"]),
  ],
  traits: [
    // Nobody needs MPI to build gpgen: `swift build --traits MPI` is for those who have it.
    .trait(name: "MPI", description: "Training in several processes, started by mpirun or srun.")
  ],
  dependencies: [
    // The command line: parsing, help pages, shell completions.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Recipes are YAML; Yams keeps the line of every key, so that an error can name it.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // The Fourier transforms of the sampler, in single precision.
    .systemLibrary(
      name: "CFFTW", pkgConfig: "fftw3f",
      providers: [.apt(["libfftw3-dev"]), .brew(["fftw"])]),
    // The container of the shards, which h5py, xarray and PyTorch open as it is.
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    // The previews.
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    // CRC-32C at the speed of memory, with the processor's own instructions on x86-64 and arm64.
    .systemLibrary(
      name: "CISAL", pkgConfig: "libisal",
      providers: [.apt(["libisal-dev"]), .brew(["isa-l"])]),
    // SHA-256 of the recipe; a system library, where a Swift package would add a minute to every first build.
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    // Convolutions. Its own version is 2; it comes without a .pc file.
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
    // Training in several processes, with the trait MPI: Open MPI or MPICH, whichever Debian's alternatives name.
    .systemLibrary(
      name: "CMPI", pkgConfig: "mpi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(
      name: "MessagePassing", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("GPGEN_MPI", .when(traits: ["MPI"]))]),
    // The settings of glibc's allocator.
    .systemLibrary(name: "CMalloc"),
    // The inner loops whose vectors are chosen at run time, which Swift cannot express: C with vector extensions.
    .target(name: "CSpectralKernels"),

    // YAML and canonical JSON, of recipes and of networks.
    .target(name: "Documents", dependencies: [.product(name: "Yams", package: "Yams")]),
    .target(name: "GaussianField", dependencies: ["CFFTW", "CSpectralKernels"]),
    .target(
      name: "TextureDataset",
      dependencies: [
        "Documents", "GaussianField", "CHDF5", "CPNG", "CISAL", "CCrypto", "CSpectralKernels",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "TextureStream", dependencies: ["GaussianField", "TextureDataset", "CCrypto", "CSpectralKernels"]),
    .target(
      name: "Backdrop",
      dependencies: [
        "Documents", "GaussianField", "TextureDataset", "TextureStream", "COneDNN",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "Experiments",
      dependencies: [
        "Documents", "GaussianField", "TextureDataset", "TextureStream", "Backdrop",
        .product(name: "Yams", package: "Yams"),
      ]),
    // The C interface: its header, and what it declares.
    .target(name: "CGpgen"),
    .target(
      name: "GpgenC",
      dependencies: [
        "CGpgen", "Documents", "GaussianField", "GpgenCommands", "HeaderSandbox", "TextureDataset", "TextureStream",
      ]),
    // Reads the structure of strangers' files in a process of its own first.
    .target(name: "HeaderSandbox", dependencies: ["GaussianField", "TextureDataset"]),
    // The place of a process among the tasks of a job, and the jobs of clusters.
    .target(name: "Cluster", dependencies: ["TextureDataset"]),
    // Pages about datasets, runs and experiments.
    .target(name: "Report", dependencies: ["Backdrop", "GaussianField", "TextureDataset", "TextureStream"]),
    .target(
      name: "GpgenCommands",
      dependencies: [
        "GaussianField", "TextureDataset", "TextureStream", "Backdrop", "Experiments", "Report", "HeaderSandbox",
        "Cluster", "CMalloc",
        .target(name: "MessagePassing", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "gpgen", dependencies: ["GpgenCommands"]),

    .executableTarget(
      name: "SamplerBenchmark", dependencies: ["GaussianField", "CSpectralKernels"],
      path: "Benchmarks/SamplerBenchmark"),
    .executableTarget(
      name: "TrainingBenchmark", dependencies: ["Backdrop", "COneDNN"], path: "Benchmarks/TrainingBenchmark"),

    .testTarget(name: "GaussianFieldTests", dependencies: ["GaussianField", "CSpectralKernels", "CCrypto"]),
    .testTarget(
      name: "TextureDatasetTests", dependencies: ["TextureDataset", "Documents", "GaussianField", "CCrypto", "CHDF5"]),
    .testTarget(name: "TextureStreamTests", dependencies: ["TextureStream", "TextureDataset", "GaussianField"]),
    .testTarget(
      name: "BackdropTests",
      dependencies: ["Backdrop", "TextureStream", "TextureDataset", "GaussianField", "COneDNN"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Experiments", "Backdrop", "TextureDataset", "GaussianField"]),
    .testTarget(
      name: "ReportTests", dependencies: ["Report", "Backdrop", "TextureStream", "TextureDataset", "GaussianField"]),
    .testTarget(name: "ClusterTests", dependencies: ["Cluster", "TextureDataset"]),
    .testTarget(
      name: "gpgenTests",
      dependencies: [
        "gpgen", "GpgenCommands", "TextureDataset",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
