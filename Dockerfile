# The static binary and nothing else: no shell, no libc, no package manager.
#
#   docker build -t countersign .
#   docker run --rm -v "$PWD:/src:ro" -w /src countersign lint deploy/

FROM rust:1.95-alpine AS build
# ring is built with a C compiler.
RUN apk add --no-cache gcc musl-dev ca-certificates
# The image's own toolchain, without the components that only development needs.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin countersign

FROM scratch
# For `jwt jwks fetch`, the one command that uses the network.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/countersign /countersign
USER 65532:65532
ENTRYPOINT ["/countersign"]
