#!/usr/bin/env bash
# litecoind.sh ARGUMENT...: a node of Bitcoin Core's kind for the tests, as Debian packages it; it is installed where it is missing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v litecoind >/dev/null || bash "$root/deploy/local/install.sh" litecoind >&2
exec litecoind "$@"
