#!/usr/bin/env bash
# asyncapi.sh DOCUMENT [MESSAGES]: checks an AsyncAPI document with AsyncAPI's own parser, and each message (a line of JSON each) against
# the payload that the document has for its type. The parser is installed once, at one version, with the build outputs.
set -euo pipefail

version=3.6.3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$root/artifacts/asyncapi-$version

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -e "$folder/whole" ]; then
    command -v npm >/dev/null || bash "$root/deploy/local/install.sh" npm
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "@asyncapi/parser@$version" >&2
    touch "$folder/whole"
fi
exec 9>&-
NODE_PATH=$folder/node_modules exec node "$root/tests/asyncapi.js" "$@"
