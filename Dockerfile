# The program alone: one static binary, the certificates to reach S3 over TLS and
# no shell, as a user without rights.
#
#   docker build --build-arg VERSION=1.2.3 -t target-s3 .
#   tap-x | docker run -i --rm --user "$(id -u)" -v "$PWD/config.json:/config.json:ro" target-s3 --config /config.json
#
# --user is for a config file that only its owner may read; without it the program
# runs as 65532.

# Pinned, so that two builds begin with the same bytes. Nothing of it but the
# certificates is in the image that is made below. The digest of a newer one:
#   docker buildx imagetools inspect golang:1.26-bookworm --format '{{.Manifest.Digest}}'
FROM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src

# Modules first: this layer changes only when they do.
COPY go.mod go.sum ./
RUN go mod download

COPY cmd ./cmd
COPY singer ./singer
COPY target ./target
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /out/target-s3 ./cmd/target-s3

# What an empty image lacks: root certificates, a user's name, and a folder for
# temporary files that anyone may use.
RUN mkdir -p /out/etc/ssl/certs /out/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > /out/etc/passwd \
    && echo 'nonroot:x:65532:' > /out/etc/group \
    && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /out/ /
COPY LICENSE /LICENSE
USER 65532:65532
ENTRYPOINT ["/target-s3"]
