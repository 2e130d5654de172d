# docker build -t hrg-grouper .
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked && cp target/release/hrg /hrg

FROM debian:bookworm-slim
COPY --from=build /hrg /usr/local/bin/hrg
COPY LICENSE /usr/share/doc/hrg-grouper/LICENSE

# Nothing is written: run it with a read-only file system and without capabilities.
USER 10001:10001
EXPOSE 8080

# Without access configured the service knows no callers. Beyond the loopback, which a container's port always is, it starts only with
# HRG_ALLOW_UNAUTHENTICATED=true. That is left to whoever runs it: it says that a proxy in front authenticates every
# caller, and that nothing else reaches this port.
ENV HRG_LISTEN=0.0.0.0:8080

# Orchestrators that ask over HTTP should use /health/live and /health/ready instead.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

CMD ["hrg", "serve"]
