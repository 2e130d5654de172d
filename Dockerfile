# docker build -t hrg-grouper:0.1.0 .
FROM rust:1.95-alpine AS build
# zstd and the allocator are C. The compiler is the image's own version. npm fetches the styles of the pages.
# hadolint ignore=DL3018
RUN apk add --no-cache build-base npm
WORKDIR /build
COPY . .
RUN cd src/workbench/vendor && npm ci --ignore-scripts --no-audit --no-fund
# A static program: this image's own target is musl.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --profile dist --locked --bin hrg && cp target/dist/hrg /hrg

FROM alpine:3.22
RUN apk upgrade --no-cache \
    && adduser -D -H -u 10001 -s /sbin/nologin hrg \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/hrg
COPY --from=build /hrg /usr/local/bin/hrg
COPY LICENSE /usr/share/doc/hrg-grouper/LICENSE

# Nothing is written but /var/lib/hrg, and that only where HRG_STATE_DIR says so: run it with a read-only file system and
# without capabilities.
USER 10001:10001
EXPOSE 8080

# Without access configured the service knows no callers. Beyond the loopback, which a container's port always is, it then
# starts only with HRG_ALLOW_UNAUTHENTICATED=true. That is left to whoever runs it: it says that a proxy in front
# authenticates every caller, and that nothing else reaches this port.
ENV HRG_LISTEN=0.0.0.0:8080

# Orchestrators that ask over HTTP should use /health/live and /health/ready instead.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/health/ready"]

CMD ["hrg", "serve"]
