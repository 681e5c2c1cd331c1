#!/usr/bin/env bash
# Runs the whole system on this machine: PostgreSQL, RabbitMQ, the services, and a demo wallet that syncs.
#
#   ./run.sh           starts everything and stays; Ctrl-C stops it all
#   ./run.sh --live    reads the public chain APIs instead of the simulator, with data of its own
#   ./run.sh --monitoring   starts Prometheus beside it, with the alert rules (docs/operations.md#monitoring)
#   ./run.sh stop      stops what runs, also what a killed run left behind
#   ./run.sh status    says what runs, what it is doing, where, and where the data is; with --live only of that
#   ./run.sh reset     stops everything and deletes the data
#   ./run.sh rebuild --verify | --swap   proves, or renews, the read model of what runs (docs/operations.md)
#
# Ports: GATEWAY_PORT 5080, WALLETS_PORT 5081, SYNC_PORT 5082, PORTFOLIO_PORT 5083, SIMULATOR_PORT 5090,
# PG_PORT 54329, AMQP_PORT 56729, EPMD_PORT 43690 (and the next one); with --monitoring also PROMETHEUS_PORT 5091,
# GATEWAY_METRICS_PORT 5092, BROKER_METRICS_PORT 5093.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=$root/deploy/local/servers.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export HOME=${HOME:-/tmp}
unset PORTS

command=start live='' monitoring='' options=()
for argument in "$@"; do
    case $argument in
        --live) live=1 ;;
        --monitoring) monitoring=1 ;;
        start | stop | status | reset | rebuild) command=$argument ;;
        --verify | --swap) options+=("$argument") ;;
        *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 2 ;;
    esac
done

# The real chain and the simulated one must never meet in one database.
data=$root/.local
[ -z "$live" ] || data=$root/.local/live

# shellcheck source=deploy/local/ports.sh
source "$root/deploy/local/ports.sh"
# shellcheck source=deploy/local/processes.sh
source "$root/deploy/local/processes.sh"
# shellcheck source=deploy/local/services.sh
source "$root/deploy/local/services.sh"
# shellcheck source=deploy/local/demo.sh
source "$root/deploy/local/demo.sh"

# Without --monitoring nobody listens there.
[ -z "$monitoring" ] || export BROKER_METRICS_PORT=${BROKER_METRICS_PORT:-5093}
[ -n "$monitoring" ] || unset BROKER_METRICS_PORT
PROMETHEUS_PORT=${PROMETHEUS_PORT:-5091} GATEWAY_METRICS_PORT=${GATEWAY_METRICS_PORT:-5092}

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

# Says it here and, until the next time, to whoever asks for the status.
doing() {
    echo "$*" >"$data/run/doing"
    say "$*"
}

build='' watcher=''

shut_down() {
    trap '' INT TERM HUP
    # First those who would start something again.
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    [ -z "$build" ] || kill "$build" 2>/dev/null || true
    doing "stopping"
    stop_prometheus
    stop_services
    "$servers" down "$data/servers"
    say "stopped; the data stays in $data"
}

start() {
    local starting name
    command -v dotnet >/dev/null || { echo "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2; return 1; }
    mkdir -p "$data/run" "$data/logs" "$data/servers"
    exec 8>>"$data/run/lock"
    flock -n 8 || { echo "it runs already (process $(cat "$data/run/run.pid")); ./run.sh stop ends it" >&2; return 1; }
    echo $$ >"$data/run/run.pid"
    # What a killed run left behind would hold the ports.
    stop_prometheus
    stop_services
    require_service_ports
    if [ -n "$monitoring" ]; then
        # One that was left behind may tell nothing of its queues.
        "$servers" stop-rabbit "$data/servers" 8>&-
        for name in PROMETHEUS_PORT GATEWAY_METRICS_PORT BROKER_METRICS_PORT; do require_port "$name" "${!name}"; done
    fi
    "$servers" require-ports "$data/servers" 8>&-

    # For whoever asks from a terminal without these settings.
    for name in "${services[@]}"; do echo "$name=${port[$name]}"; done >"$data/run/ports"

    trap shut_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rm -f "$data"/logs/*
    if ! programs_are_current; then
        doing "building the services"
        touch "$data/run/build-began"
        dotnet build "$root/deploy/local/run.slnf" -c Release -v q </dev/null >"$data/logs/build.log" 2>&1 8>&- &
        build=$!
    fi
    doing "starting PostgreSQL and RabbitMQ${build:+ while the services are built (log: $data/logs/build.log)}"
    bash "$root/deploy/local/install.sh" ${monitoring:+prometheus} 8>&-
    "$servers" up "$data/servers" </dev/null 8>&- &
    starting=$!
    make_keys
    wait "$starting"
    say "PostgreSQL and RabbitMQ run"
    if [ -n "$build" ]; then
        doing "building the services (log: $data/logs/build.log)"
        wait "$build" || { cat "$data/logs/build.log"; return 1; }
        build=''
        install_programs
        say "built"
    fi

    doing "starting the services"
    # A chain that does not answer yet would only make Sync wait for its next try.
    [ -n "$live" ] || start_service simulator
    make_demo_key
    [ -n "$live" ] || await_answer "$(url simulator)/admin/health" simulator
    for name in wallets sync portfolio gateway; do start_service "$name"; done
    await_answer "$(url gateway)/api/v1/health" "${services[@]}"
    say "the services are ready"
    if [ -n "$monitoring" ]; then
        start_prometheus
        say "Prometheus is at http://127.0.0.1:$PROMETHEUS_PORT, its alerts at /alerts; dashboards for Grafana are in deploy/grafana"
    fi

    demo_addresses
    seed_demo
    doing "syncing the demo wallet $demo_wallet"
    if await_verified; then say "every address is verified"; fi
    print_usage
    doing "running; Ctrl-C stops everything"
    # In the background, so that a signal is acted upon at once.
    watch_services 8>&- &
    watcher=$!
    wait "$watcher"
}

# The run.sh that runs. After a crash the number may belong to somebody else's process.
run_pid() {
    local pid
    pid=$(cat "$data/run/run.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && grep -qaF run.sh "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

stop() {
    local pid
    if [ -d "$data/run" ]; then
        exec 8>>"$data/run/lock"
        if ! flock -n 8; then
            # One that was killed is gone while something that it began may still hold the lock for a moment.
            pid=$(run_pid) && kill -TERM "$pid" 2>/dev/null || true
            flock -w 120 8 || { echo "process ${pid:-that holds $data/run/lock} does not end" >&2; return 1; }
        fi
    fi
    stop_prometheus
    stop_services
    [ ! -d "$data/servers" ] || "$servers" down "$data/servers" 8>&-
}

status() {
    local name pid number missing=0
    if [ -n "$live" ]; then echo "On the public chain APIs (--live):"; else echo "On simulated chains:"; fi
    if [ ! -e "$data/run/lock" ]; then
        echo "never started"
        return 1
    fi
    if pid=$(run_pid); then printf '%-11s %s  process %s\n' run.sh "$(cat "$data/run/doing")" "$pid"
    else echo "run.sh      stopped"; missing=1; fi
    if [ -r "$data/run/ports" ]; then
        while IFS='=' read -r name number; do port[$name]=$number; done <"$data/run/ports"
    fi
    for name in "${services[@]}"; do
        if pid=$(service_pid "$name"); then printf '%-11s %s  process %s\n' "$name" "$(url "$name")" "$pid"
        else printf '%-11s stopped\n' "$name"; missing=1; fi
    done
    if pid=$(prometheus_pid); then printf '%-11s http://127.0.0.1:%s  process %s\n' prometheus "$(prometheus_port "$pid")" "$pid"; fi
    if [ -d "$data/servers" ]; then "$servers" status "$data/servers" || missing=1; else echo "servers     never started"; missing=1; fi
    return $missing
}

rebuild() {
    local name number
    [ -r "$data/run/ports" ] || { echo "nothing has run yet" >&2; return 1; }
    while IFS='=' read -r name number; do port[$name]=$number; done <"$data/run/ports"
    exec_service portfolio rebuild "${options[@]}"
}

reset() {
    stop
    [ ! -d "$data/servers" ] || "$servers" remove "$data/servers"
    rm -rf "$data"
    echo "nothing is left in $data"
}

# What reads the real chain lives inside: it is stopped, told of and deleted with the rest.
if [ "$command" != start ] && [ "$command" != rebuild ] && [ -z "$live" ] && [ -d "$data/live/run" ]; then
    "$root/run.sh" "$command" --live || [ "$command" = status ]
    [ "$command" != status ] || echo
fi
"$command"
