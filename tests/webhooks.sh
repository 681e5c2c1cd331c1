#!/usr/bin/env bash
# webhooks.sh FILE: verifies posted messages (JSON lines of secret, headers and body) with the reference library of Standard
# Webhooks; one that does not verify is a failure. The library is installed once, at one version, with the build outputs.
set -euo pipefail

version=1.1.1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$root/artifacts/standardwebhooks-$version

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ ! -e "$folder/whole" ]; then
    command -v npm >/dev/null || bash "$root/deploy/local/install.sh" npm
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "standardwebhooks@$version" >&2
    touch "$folder/whole"
fi
exec 9>&-
NODE_PATH=$folder/node_modules exec node -e '
const { Webhook } = require("standardwebhooks");
const lines = require("fs").readFileSync(process.argv[1], "utf8").split("\n").filter(line => line);
for (const line of lines) {
    const { secret, headers, body } = JSON.parse(line);
    new Webhook(secret).verify(body, headers);
    let forged = false;
    try { new Webhook(secret).verify(body + " ", headers); forged = true; } catch { }
    if (forged) throw new Error("a changed body verifies");
}
console.log(`${lines.length} verified`);
' "$1"
