#!/usr/bin/env bash
# Proves on a real Docker engine that the compose file keeps what it promises: with secrets, data and a port of its own,
# all deleted at the end. Takes some minutes. Prints what it saw, ends with "all checks passed" or with what failed.
#
#   deploy/check.sh           KEEP=1 leaves everything running for a look
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=$(mktemp -d) live='' key='' transactions=20000
env_files=("$data/.env" "$root/deploy/demo.env" "$data/check.env")

# shellcheck source=deploy/containers.sh
source "$root/deploy/containers.sh"
# shellcheck source=deploy/local/processes.sh
source "$root/deploy/local/processes.sh"
# shellcheck source=deploy/local/demo.sh
source "$root/deploy/local/demo.sh"

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

fail() {
    say "FAILED: $*" >&2
    exit 1
}

clean_up() {
    local code=$?
    if [ "$code" != 0 ]; then
        compose ps -a || true
        compose logs --tail 30 2>/dev/null | grep -E '"level":"(warning|error|critical)"|ERROR|FATAL|\[error\]' | tail -n 40 || true
    fi
    if [ -n "${KEEP:-}" ]; then
        echo "left running, with its settings in $data"
    else
        compose down -v --remove-orphans >/dev/null 2>&1 || true
        rm -rf "$data"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

up() { compose up -d --wait "$@" >"$data/up.log" 2>&1 || { tail -n 30 "$data/up.log"; fail "not everything is healthy"; }; }

exec_service() { shift; admin_key "$@"; }

containers() { compose ps -q "$1"; }

# metric CONTAINER NAME: the sum of a counter of one container, read from its metrics' port inside the network.
metric() {
    local address
    address=$(docker inspect -f "{{(index .NetworkSettings.Networks \"wallets-check_front\").IPAddress}}" "$1")
    ask_simulator "http://$address:9090/metrics" | awk -v name="$2" 'index($1, name) == 1 { sum += $2 } END { print sum + 0 }'
}

shares() {
    local container pages all='' working=0
    for container in $(containers sync); do
        pages=$(metric "$container" sync_pages_total)
        [ "$pages" = 0 ] || working=$((working + 1))
        all+=" ${container:0:12}: $(metric "$container" sync_slices_total) slices, $pages pages;"
    done
    say "$1:$all"
    [ "$working" -ge "$2" ]
}

found() { api GET "/api/v1/wallets/$wallet/sync" 2>/dev/null | grep -oE '"found":[0-9]+' | sed -n '1s/.*://p' || true; }

has_found() { local now; now=$(found); [ "${now:-0}" -ge "$1" ]; }

# disturb WORDS COMMAND...: in the middle of the sync, which then has to get on.
disturb() {
    local before words=$1
    shift
    before=$(found)
    "$@" >/dev/null 2>&1
    say "$words with ${before:-?} transactions found"
    wait_for 120 has_found $((${before:-0} + 2000)) || fail "the sync does not go on: $(api GET "/api/v1/wallets/$wallet/sync")"
}

# One line a transaction, newest first: id, change, running balance.
truth_of() {
    ask_simulator "/admin/truth/bitcoin/$1" | grep -oE '"txid":"[^"]*"[^}]*' |
        sed -E 's/"txid":"([^"]*)".*"delta":"([^"]*)".*"balance":"([^"]*)".*/\1 \2 \3/'
}

told_of() {
    local id page cursor=''
    id=$(api GET "/api/v1/wallets/$wallet/addresses?limit=200" | json_objects | grep -F "\"$1\"" | json_text id)
    while :; do
        page=$(api GET "/api/v1/wallets/$wallet/transactions?address=$id&limit=200$cursor")
        grep -oE '"txid":"[^"]*","network":[^{]*\{[^}]*\},"balance":\{"amount":"[^"]*"' <<<"$page" |
            sed -E 's/"txid":"([^"]*)".*"result":\{"amount":"([^"]*)".*"balance":\{"amount":"([^"]*)"/\1 \2 \3/'
        cursor=$(grep -oE '"next":"[^"]+"' <<<"$page" | tail -n 1 | json_text next || true)
        [ -n "$cursor" ] || return 0
        cursor="&cursor=$cursor"
    done
}

is_true() {
    truth_of "$1" >"$data/truth"
    told_of "$1" >"$data/told"
    cmp -s "$data/truth" "$data/told"
}

# Every transaction of every address, page by page through the gateway, against what the simulator knows.
compare() {
    local address lines=0
    for address in "${addresses[@]}"; do
        wait_for 60 is_true "$address" || { diff "$data/truth" "$data/told" | head -n 5; fail "$address is not told as it is true"; }
        lines=$((lines + $(wc -l <"$data/told")))
    done
    say "${#addresses[@]} addresses told as they are true: $lines transactions with their changes and running balances"
}

all_verified() {
    local state
    state=$(api GET "/api/v1/wallets/$wallet/sync?limit=200" 2>/dev/null) || return 1
    [ "$(grep -oF '"status":"verified"' <<<"$state" | wc -l)" = ${#addresses[@]} ]
}

command -v docker >/dev/null || fail "docker is missing"

# Secrets
cp "$root/deploy/.env.example" "$data/empty.env"
if (env_files=("$data/empty.env") && compose config) >"$data/refused" 2>&1; then fail "it would start without secrets"; fi
say "without secrets: $(tail -n 1 "$data/refused" | sed 's/.*required/required/')"
"$root/deploy/make-env.sh" "$data/.env" >/dev/null
printf '%s\n' COMPOSE_PROJECT_NAME=wallets-check GATEWAY_PORT=0 FRONT_NETWORK=172.30.82 VERSION=check >"$data/check.env"

# Start
compose down -v --remove-orphans >/dev/null 2>&1 || true
compose build >"$data/build.log" 2>&1 || { tail -n 30 "$data/build.log"; fail "the images cannot be built"; }
say "the images are built"
up
say "all healthy: $(compose ps --format '{{.Service}}' | paste -sd ' ')"

# Confinement
for service in gateway wallets sync portfolio simulator postgres rabbitmq; do
    user=$(compose exec -T "$service" id -u)
    [ "$user" != 0 ] || fail "$service runs as root"
    if refusal=$(compose exec -T "$service" touch /written 2>&1); then fail "$service can write to its root file system"; fi
    grep -q 'Read-only file system' <<<"$refusal" || fail "$service: $refusal"
    published=$(docker inspect -f '{{range $port, $at := .HostConfig.PortBindings}}{{$port}} {{end}}' "$(containers "$service")")
    [ "$service" = gateway ] || [ -z "$published" ] || fail "$service publishes $published"
done
say "nobody is root, no root file system can be written to, only the gateway publishes a port"
for server in postgres rabbitmq; do
    if compose exec -T gateway getent hosts "$server" >/dev/null; then fail "the gateway reaches $server"; fi
done
for name in wallets sync portfolio; do
    for other in wallets sync portfolio postgres; do
        code=0
        compose exec -T postgres psql -h 127.0.0.1 -U "$name" -d "$other" -c 'select 1' >/dev/null 2>"$data/denied" || code=$?
        if [ "$name" = "$other" ] && [ "$code" != 0 ]; then cat "$data/denied"; fail "$name does not reach its database"; fi
        if [ "$name" != "$other" ] && [ "$code" = 0 ]; then fail "$name reaches the database $other"; fi
    done
done
[ "$(compose exec -T rabbitmq rabbitmqctl -q list_users | awk '/administrator/ { print $1 }')" = admin ] ||
    fail "the broker's administrators: $(compose exec -T rabbitmq rabbitmqctl -q list_users)"
compose exec -T postgres /docker-entrypoint-initdb.d/databases.sh || fail "the databases' script cannot be run again"
say "the gateway knows no server's name, no service's role opens another's database, none is administrator of the broker"
[ "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H 'Host: x:9090' "$(url gateway)/metrics")" = 404 ] || fail "metrics are told at the public port"

# Demo
mkdir -p "$data/run" "$data/logs"
make_demo_key
demo_addresses
seed_demo
await_verified
compare

# Three share the work, and are disturbed
up --scale sync=3 --scale portfolio=2 --scale wallets=2 --scale gateway=2
say "scaled: $(compose ps --format '{{.Name}}' | paste -sd ' ')"
ask_simulator /admin/faults '{"kind":"slow","network":"bitcoin","route":"/address/*/txs*","milliseconds":30}' >/dev/null
mapfile -t big < <(
    ask_simulator /admin/addresses "{\"network\":\"bitcoin\",\"transactions\":$transactions}" | grep -oE '(bc1|[13])[0-9a-zA-Z]{25,}'
    ask_simulator /admin/addresses '{"network":"bitcoin","transactions":1000,"count":5}' | grep -oE '(bc1|[13])[0-9a-zA-Z]{25,}'
)
[ ${#big[@]} = 6 ] || fail "six addresses were to be made, not ${#big[@]}"
addresses+=("${big[@]}")
seed_demo
began=$SECONDS
wait_for 120 has_found 4000 || fail "the sync does not begin"
shares "shared by three" 2 || fail "one replica does all the work"
disturb "one Sync killed" docker kill "$(containers sync | sed -n 1p)"
disturb "PostgreSQL restarted" compose restart postgres
disturb "RabbitMQ restarted" compose restart rabbitmq
disturb "another Sync killed, the first back" sh -c "docker kill $(containers sync | sed -n 2p)" && up --scale sync=3 --scale portfolio=2 --scale wallets=2 --scale gateway=2
wait_for 400 all_verified || fail "not verified in time: $(api GET "/api/v1/wallets/$wallet/sync")"
say "all verified $((SECONDS - began)) s after the import"
shares "since their last start" 1
compare
twice=$(compose exec -T postgres psql -U postgres -d sync -Atc 'select count(*) - count(distinct id) from mt_events')
[ "$twice" = 0 ] || fail "$twice events stand twice in Sync's log"
dead=$(compose exec -T rabbitmq rabbitmqctl -q list_queues -p wallets name messages | awk '$1 ~ /-dead$/ && $2 > 0')
[ -z "$dead" ] || fail "dead letters: $dead"
say "no event twice, no dead letters"

# The data stays
compose down >/dev/null 2>&1
up
say "down and up"
compare
say "all checks passed"
