# The program alone: one static binary, the certificates to reach S3 over TLS and
# no shell, as a user without rights.
#
#   docker build --build-arg VERSION=1.2.3 -t target-s3 .
#
# (also REVISION, CREATED and SOURCE, for its labels). What a release publishes is made by
# tools/release, with the same content.
#
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

# The licences of the modules in it, and of Go's own library, as their licences ask for.
RUN go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/target-s3 | sort -u \
    | while read -r path dir; do \
        mkdir -p "/out/licenses/$path" \
        && cd "$dir" \
        && find . -type f -regextype posix-extended -iregex '.*/(licen[cs]e|copying|notice|patents)([.-][^/]*)?' \
            -not -name '*.go' -not -name '*.yml' -not -path '*/testdata/*' \
            -exec cp --parents --no-preserve=mode -t "/out/licenses/$path" {} + \
        || exit 1; \
    done \
    && mkdir /out/licenses/std \
    && cp "$(go env GOROOT)/LICENSE" "$(go env GOROOT)/PATENTS" /out/licenses/std/

# What an empty image lacks: root certificates, a user's name, and a folder for
# temporary files that anyone may use.
RUN mkdir -p /out/etc/ssl/certs /out/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > /out/etc/passwd \
    && echo 'nonroot:x:65532:' > /out/etc/group \
    && chmod 1777 /out/tmp

FROM scratch
ARG VERSION=dev
ARG REVISION=
ARG CREATED=
ARG SOURCE=
LABEL org.opencontainers.image.title="target-s3" \
      org.opencontainers.image.description="Singer target that loads records into files on Amazon S3 and compatible object stores." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.licenses="Apache-2.0 AND BSD-3-Clause AND MIT"
COPY --from=build /out/ /
COPY LICENSE /LICENSE
USER 65532:65532
ENTRYPOINT ["/target-s3"]
