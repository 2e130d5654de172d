#!/usr/bin/env bash
# The running service against its own document, with callers that must be known: schemathesis makes requests that fit the
# document and requests that do not, and looks at every answer. The argument is the number of examples for an operation:
# 10 in `make test`, 500 in `make conformance`. PROGRAM is the program that serves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

examples=${1:-10}
target=${CARGO_TARGET_DIR:-target}
program=${PROGRAM:-$target/debug/hrg}
tools=$target/schemathesis

if [ ! -x "$tools/bin/schemathesis" ]; then
    if ! python3 -c 'import ensurepip' 2>/dev/null; then
        echo "== install python3"
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
        "${as_root[@]}" apt-get update -q
        "${as_root[@]}" apt-get install -qy --no-install-recommends python3 python3-venv
    fi
    echo "== install schemathesis"
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --disable-pip-version-check schemathesis==4.32.5
fi

place=$(mktemp -d)
service=
cleanup() {
    if [ -n "$service" ]; then
        kill "$service" 2>/dev/null || true
        wait "$service" 2>/dev/null || true
    fi
    rm -rf "$place"
}
trap cleanup EXIT

key=$("$program" key new --client conformance --scope group,jobs,reference:read,reference:admin --days 1 --keys-file "$place/keys.toml")
"$program" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --state-dir "$place" --keys-file "$place/keys.toml" \
    --set limits.rate_per_second=100000 --set limits.rate_burst=100000 2>"$place/log" &
service=$!

# The log names the ports, the public one first.
for _ in $(seq 100); do
    mapfile -t addresses < <(grep -o '"listen":"[^"]*"' "$place/log" | cut -d'"' -f4)
    if [ ${#addresses[@]} -ge 2 ]; then break; fi
    sleep 0.1
done

for address in "${addresses[@]}"; do
    # One worker: the coverage phase of this version does not bear two. It cannot write archives either; those are sent in
    # tests/uploads.rs and tests/tampering.rs.
    "$tools/bin/schemathesis" --config-file tests/conformance.toml run "http://$address/openapi.json" \
        --header "X-API-Key: $key" --checks all --max-examples "$examples" --workers 1 \
        --exclude-operation-id upload_reference --continue-on-failure --request-timeout 30 --no-color --seed 1 --generation-database none
done

if grep -q '"level":"ERROR"' "$place/log"; then
    echo "the service logged errors:" >&2
    grep '"level":"ERROR"' "$place/log" | head >&2
    exit 1
fi
