#!/usr/bin/env bash
# lint-openapi.sh FILE: checks an OpenAPI document with Spectral; any finding is a failure. The linter is installed once,
# at one version, with the build outputs.
set -euo pipefail

version=6.16.3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$root/artifacts/spectral-$version
linter=$folder/node_modules/.bin/spectral

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -x "$linter" ] || [ ! -e "$folder/whole" ]; then
    command -v npm >/dev/null || bash "$root/deploy/local/install.sh" npm
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "@stoplight/spectral-cli@$version" >&2
    touch "$folder/whole"
fi
exec 9>&-
exec "$linter" lint --ruleset "$root/docs/openapi/spectral.yaml" --fail-severity=warn "$1"
