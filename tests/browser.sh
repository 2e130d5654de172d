#!/usr/bin/env bash
# The pages in a browser, against the running service: tests/browser.sh [NAME...] runs tests/browser/NAME.test.js, without a
# name all of them. PROGRAM is the program that serves. Pictures of the pages are left in the target folder, under
# workbench; `make screenshots` puts them into docs/workbench.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-target}
program=${PROGRAM:-$target/debug/hrg}

# Any build of Chromium does; where there is none, Debian's.
browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}
if ! browser >/dev/null; then
    echo "== install chromium"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -qy --no-install-recommends chromium
fi
tests/npm.sh tests/browser

place=$(mktemp -d)
services=()
cleanup() {
    for service in "${services[@]}"; do
        kill "$service" 2>/dev/null || true
        wait "$service" 2>/dev/null || true
    done
    rm -rf "$place"
}
trap cleanup EXIT

# One service that knows no callers, as on a desk, and one that does.
mkdir "$place/open" "$place/known"
"$program" serve --listen 127.0.0.1:0 --state-dir "$place/open" --set limits.requests=4096 2>"$place/open.log" &
services+=($!)
key=$("$program" key new --client browser --scope group,jobs,reference:read --days 1 --keys-file "$place/keys.toml")
"$program" serve --listen 127.0.0.1:0 --state-dir "$place/known" --keys-file "$place/keys.toml" 2>"$place/known.log" &
services+=($!)

# The log names the port.
address() {
    for _ in $(seq 300); do
        found=$(grep -o '"listen":"[^"]*"' "$1" | head -1 | cut -d'"' -f4)
        if [ -n "$found" ]; then
            echo "http://$found"
            return
        fi
        sleep 0.1
    done
    cat "$1" >&2
    return 1
}
open=$(address "$place/open.log")
known=$(address "$place/known.log")

specs=(tests/browser/*.test.js)
if [ $# -gt 0 ]; then specs=("${@/%/.test.js}") && specs=("${specs[@]/#/tests/browser/}"); fi

mkdir -p "$target/workbench"
run() {
    BENCH_ORIGIN=$open BENCH_LOG=$place/open.log BENCH_KNOWN_ORIGIN=$known BENCH_KNOWN_LOG=$place/known.log BENCH_KEY=$key \
        BENCH_PICTURES=$(realpath "$target/workbench") BENCH_BROWSER=$(browser) BENCH_PROGRAM=$program \
        node --test --test-concurrency=1 --test-reporter=spec "$@"
}
# A browser on a busy machine may miss a gesture: a file that fails is run once more, alone, and must pass then.
failed=()
for spec in "${specs[@]}"; do
    run "$spec" || failed+=("$spec")
done
for spec in "${failed[@]}"; do
    echo "== $spec failed, and is run once more"
    run "$spec"
done

if grep -h '"level":"ERROR"' "$place"/*.log; then
    echo "the service logged errors" >&2
    exit 1
fi
