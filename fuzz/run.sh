#!/usr/bin/env bash
# Runs each fuzz target, or those named, for FUZZ_SECONDS each. Inputs that lead to new places are kept in fuzz/corpus, an
# input that breaks something in fuzz/found. Stops at the first target that finds something.
#
# The flags are those by which the compiler counts where a program goes. They need no nightly toolchain: the passes are in
# every compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${FUZZ_SECONDS:-600}
names=("$@")
if [ ${#names[@]} -eq 0 ]; then names=(json_spell csv ndjson rdf manifest condition); fi

# libFuzzer itself is C++.
if ! command -v c++ >/dev/null; then
    echo "== install a C++ compiler"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -qy --no-install-recommends g++
fi

host=$(rustc -vV | sed -n 's/^host: //p')
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
flags+=" -Ccodegen-units=1 --cfg fuzzing"
# Named for the target machine only: what runs while building is not counted.
RUSTFLAGS="$flags" cargo build --manifest-path fuzz/Cargo.toml --release --locked --target "$host" --target-dir "$target"

for name in "${names[@]}"; do
    echo "== $name for $seconds s"
    mkdir -p "fuzz/corpus/$name" fuzz/found
    # A panic, a run of more than 10 s, an allocation of more than 512 MiB and a process of more than 1 GiB are findings.
    "$target/$host/release/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 \
        -artifact_prefix="fuzz/found/$name-" -max_len=65536 -print_final_stats=1 "fuzz/corpus/$name" "fuzz/seeds/$name"
done
