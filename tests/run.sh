#!/usr/bin/env bash
# Everything that must hold, in one Cargo profile. Stops at the first stage that fails; the test programs come last, so
# that their count is the last thing seen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Settings of the caller's must not reach the programs under test.
unset HRG_LISTEN HRG_ALLOW_UNAUTHENTICATED HRG_REFERENCE HRG_REFERENCE_DIR RUST_LOG
unset HRG_THREADS HRG_DEFINITIONS HRG_ADMIN_LISTEN HRG_ADMIN_ALLOW_UNAUTHENTICATED HRG_STATE_DIR HRG_TRUSTED_KEYS HRG_REQUIRE_SIGNATURE HRG_SECRET_KEY_FILE HRG_JOB_HOURS HRG_JOB_KEY_FILE HRG_CONFIG HRG_KEYS_FILE JOB_KILLS OVERLOAD SOAK_MINUTES

# One set of features for every stage, so that nothing is compiled twice; it holds all there are.
features=(--all-features --locked)

# Each stage says how long the run has taken so far.
stage() { printf '\n== %s (after %d s)\n' "$1" "$SECONDS"; }

tests/setup.sh rustfmt clippy

stage "format"
cargo fmt --check

stage "lints"
cargo clippy --all-targets "${features[@]}" -- -D warnings
# The fuzz targets have a lock of their own, which a change of the dependencies must reach.
cargo metadata --manifest-path fuzz/Cargo.toml --locked --format-version 1 > /dev/null

stage "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps "${features[@]}"

stage "releases"
cargo run "${features[@]}" -- reference check reference/20*

stage "interface document"
if ! cargo run "${features[@]}" -q -- openapi | diff - openapi/openapi.json; then
    echo "openapi/openapi.json is not what the routes make: run make openapi" >&2
    exit 1
fi

if ! cargo run "${features[@]}" -q -- openapi --admin | diff - openapi/admin.json; then
    echo "openapi/admin.json is not what the routes make: run make openapi" >&2
    exit 1
fi

stage "conformance, short form"
tests/conformance.sh 5

stage "pages in a browser"
tests/browser.sh

stage "benchmarks, short form"
benches/setup.sh
cargo bench --profile dev "${features[@]}" --bench performance -- --short

stage "documentation examples"
cargo test "${features[@]}" --doc

stage "tests"
cargo test "${features[@]}" --lib --bins --tests
