# gpgen as a container: the program with Swift's libraries linked statically, and Debian's C libraries beside it.
# Not built by the tests, which have no builder of images. docs/clusters.md says how to use it.
#
#   docker build -t gpgen .
#   docker run --rm -v "$PWD:/data" gpgen --scales 2 --out data.h5

ARG SWIFT=6.1
FROM swift:${SWIFT}-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      libfftw3-dev libhdf5-dev libpng-dev libisal-dev libssl-dev libdnnl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /gpgen
COPY Package.swift ./
COPY Sources Sources
COPY Benchmarks Benchmarks
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product gpgen

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      libfftw3-single3 libhdf5-103-1 libpng16-16 libisal2 libssl3 libdnnl2 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /gpgen/.build/release/gpgen /usr/local/bin/gpgen
WORKDIR /data
ENTRYPOINT ["gpgen"]
