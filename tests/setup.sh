#!/usr/bin/env bash
# Installs what is lacking: a linker, npm and by it the styles of the pages, and the Rust components named (rustfmt, clippy).
# What is there is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi

if ! command -v cargo >/dev/null; then
    echo "cargo was not found: install Rust first, see https://rustup.rs" >&2
    exit 1
fi

if ! command -v cc >/dev/null; then
    echo "== install a linker"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -qy --no-install-recommends gcc libc6-dev
fi

tests/npm.sh src/workbench/vendor

for component in "$@"; do
    if cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then continue; fi
    if ! command -v rustup >/dev/null; then
        echo "$component was not found, and there is no rustup to install it" >&2
        exit 1
    fi
    echo "== install $component"
    rustup component add "$component"
done
