#!/usr/bin/env bash
# anvil.sh ARGUMENT...: a small Ethereum node (Foundry's anvil) for the tests; it is installed once, at one version, with the
# build outputs.
set -euo pipefail

version=1.7.1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$root/artifacts/anvil-$version

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -e "$folder/whole" ]; then
    command -v npm >/dev/null || bash "$root/deploy/local/install.sh" npm
    # The package of this machine's kind brings the program itself; no script of theirs is run.
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "@foundry-rs/anvil@$version" >&2
    touch "$folder/whole"
fi
exec 9>&-
exec "$folder"/node_modules/@foundry-rs/anvil-*/bin/anvil "$@"
