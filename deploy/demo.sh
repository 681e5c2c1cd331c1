#!/usr/bin/env bash
# The demo in containers: the whole system on a simulated chain, with a wallet in it. Needs Docker with Compose.
#
#   deploy/demo.sh           builds and starts everything, waits until the demo wallet is verified
#   deploy/demo.sh down      stops it, keeps the data
#   deploy/demo.sh reset     stops it and deletes its data
#   deploy/demo.sh ARG...    any other command of `docker compose`: ps, logs sync, up -d --scale sync=3, …
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=$root/.local/containers live='' go_live='docker compose -f deploy/docker-compose.yml up -d --wait'
env_files=("$root/deploy/.env" "$root/deploy/demo.env")

# shellcheck source=deploy/containers.sh
source "$root/deploy/containers.sh"
# shellcheck source=deploy/local/demo.sh
source "$root/deploy/local/demo.sh"

exec_service() { shift; admin_key "$@"; }

start() {
    "$root/deploy/make-env.sh" >/dev/null
    mkdir -p "$data/run" "$data/logs"
    compose up -d --build --wait
    make_demo_key
    demo_addresses
    seed_demo
    echo "syncing the demo wallet $demo_wallet"
    await_verified
    print_usage
}

case ${1:-} in
    '') start ;;
    reset)
        compose down -v --remove-orphans
        rm -rf "$data"
        ;;
    *) compose "$@" ;;
esac
