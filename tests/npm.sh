#!/usr/bin/env bash
# The packages that the lock file of a folder names, from npm: tests/npm.sh FOLDER. What is there already is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../$1"

if [ -e node_modules/.of ] && cmp -s package-lock.json node_modules/.of; then exit 0; fi

if ! command -v npm >/dev/null; then
    echo "== install npm"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -qy --no-install-recommends nodejs npm
fi

echo "== install the packages of $1"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/.of
