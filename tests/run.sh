#!/usr/bin/env bash
# Everything that must hold, in one Cargo profile but for the benchmarks, which are optimised. Stops at the first stage that fails; the test programs come last, so
# that their count is the last thing seen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Settings of the caller's must not reach the programs under test.
unset HRG_LISTEN HRG_ALLOW_UNAUTHENTICATED HRG_REFERENCE HRG_REFERENCE_DIR RUST_LOG
unset HRG_THREADS HRG_DEFINITIONS HRG_ADMIN_LISTEN HRG_ADMIN_ALLOW_UNAUTHENTICATED HRG_STATE_DIR HRG_TRUSTED_KEYS HRG_REQUIRE_SIGNATURE HRG_SECRET_KEY_FILE HRG_JOB_HOURS HRG_JOB_KEY_FILE JOB_KILLS

stage() { printf '\n== %s\n' "$1"; }

tests/setup.sh rustfmt clippy

stage "format"
cargo fmt --check

stage "lints"
cargo clippy --all-targets --locked -- -D warnings

stage "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

stage "releases"
cargo run --locked -- reference check reference/20*

stage "interface document"
if ! cargo run --locked -q -- openapi | diff - openapi/openapi.json; then
    echo "openapi/openapi.json is not what the routes make: run make openapi" >&2
    exit 1
fi

if ! cargo run --locked -q -- openapi --admin | diff - openapi/admin.json; then
    echo "openapi/admin.json is not what the routes make: run make openapi" >&2
    exit 1
fi

stage "benchmarks, short form"
benches/setup.sh
cargo bench --locked --bench performance -- --short

stage "documentation examples"
cargo test --locked --doc

stage "tests"
cargo test --locked --lib --bins --tests
