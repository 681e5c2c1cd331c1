#!/usr/bin/env bash
# Runs a benchmark on servers of its own.
#
#   ./bench.sh append                 appends through the event store
#   ./bench.sh sync [TRANSACTIONS]    one address from its import to verified and projected
#   ./bench.sh read [TRANSACTIONS]    requests for a wallet, through the gateway
#   ./bench.sh catchup [EVENTS]       Portfolio's whole read model from nothing
#   ./bench.sh fair [WHALES]          small wallets imported alone and beside very large ones
#   ./bench.sh burst [WALLETS]        many small wallets imported at once
#   ./bench.sh portfolio [TRANSACTIONS]  values through the gateway, of a short history and a long
#   ./bench.sh export [ROWS]          all transactions of a wallet as CSV, JSON lines, XLSX and for a tax tool
#   ./bench.sh cache                  what importing again costs in requests
#   ./bench.sh live [ADDRESSES]       from a block at the provider to the message at a client's socket
set -euo pipefail

# Before anything is built or started.
case ${1:-} in
    append | sync | read | catchup | fair | burst | portfolio | export | cache | live) ;;
    *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=$root/deploy/local/servers.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export HOME=${HOME:-/tmp}

bash "$root/deploy/local/install.sh"
folder=$(mktemp -d "${TMPDIR:-/tmp}/wallets-bench-XXXXXX")
# The servers' own users must be able to enter.
chmod 755 "$folder"
setsid "$servers" remove-after "$folder" $$ </dev/null >/dev/null 2>&1 &
guard=$!

cleanup() {
    trap '' INT TERM HUP
    [ -z "${running:-}" ] || kill -TERM -- "-$running" 2>/dev/null || true
    kill "$guard" 2>/dev/null || true
    "$servers" remove "$folder" >/dev/null 2>&1 || true
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# One after the other: nothing else may run while something is measured, and a build server would.
dotnet build "$root/Microservices.sln" -c Release -v q --nologo </dev/null
PORTS=free "$servers" up "$folder" </dev/null
# shellcheck source=/dev/null
source "$folder/env"
export TEST_PG=$PG_ADMIN TEST_AMQP=$AMQP_URI TEST_SERVERS_DIR=$folder

# A session of its own, so that everything it starts can be ended with it.
setsid dotnet "$root/artifacts/bin/Benchmarks/release/Benchmarks.dll" "$@" </dev/null &
running=$!
wait "$running"
