#!/usr/bin/env bash
# Runs the tests on servers of their own and ends with one line: N passed, N failed, N skipped.
#
#   ./test.sh [--fast | --full] [FILTER]...   FILTER: part of a test's full name; any of several
#   ./test.sh --mutants                    proves that the tests notice broken code
#
#   --fast   the ring without I/O only
#   --full   also the long suites, which a FILTER runs as well
#   --containers   the rings Store and Services on containers instead of private servers; needs a container engine
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=$root/deploy/local/servers.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export HOME=${HOME:-/tmp}

projects=(Unit Store Services Whole)
filter=() long=()
while [ $# -gt 0 ]; do
    case $1 in
        --fast) projects=(Unit) ;;
        --full) export WHOLE_FULL=1; long=(-explicit on) ;;
        --containers) projects=(Store Services); export TEST_CONTAINERS=1 ;;
        --mutants) exec "$root/tests/mutants.sh" ;;
        -h | --help | -*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 2 ;;
        *) filter+=(-method "*$1*"); long=(-explicit on) ;;
    esac
    shift
done

folder='' starting='' guard='' running=''

cleanup() {
    trap '' INT TERM
    [ -z "$running" ] || end_group "$running"
    [ -z "$starting" ] || wait "$starting" || true
    [ -z "$guard" ] || kill "$guard" 2>/dev/null || true
    [ -z "$folder" ] || "$servers" remove "$folder" >/dev/null 2>&1 || true
}

# A test process and every process it started.
end_group() {
    kill -TERM -- "-$1" 2>/dev/null || return 0
    for _ in {1..50}; do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

start_servers() {
    bash "$root/deploy/local/install.sh" prometheus
    folder=$(mktemp -d "${TMPDIR:-/tmp}/wallets-tests-XXXXXX")
    # The servers' own users must be able to enter.
    chmod 755 "$folder"
    setsid "$servers" remove-after "$folder" $$ </dev/null >/dev/null 2>&1 &
    guard=$!
    PORTS=free "$servers" up "$folder" </dev/null &
    starting=$!
}

await_servers() {
    [ -n "$starting" ] || return 0
    wait "$starting" || { echo "the servers for the tests do not start" >&2; exit 1; }
    starting=''
    # shellcheck source=/dev/null
    source "$folder/env"
    export TEST_PG=$PG_ADMIN TEST_AMQP=$AMQP_URI TEST_SERVERS_DIR=$folder
}

longest=40m
[ -z "${WHOLE_FULL:-}" ] || longest=0
passed=0 failed=0 skipped=0 later=0 crashed=()

# run PROJECT: in a session of its own, so that it can be ended with everything it started.
run() {
    local log=$root/artifacts/test-logs/$1.txt output code=0 began=$SECONDS total=0 errors=0 lost=0 skips=0 idle=0 numbers
    echo "== $1"
    exec 3> >(tee "$log")
    output=$!
    # A ring that stands still is a failure, not an hour of waiting; the long suites have no end of their own.
    setsid timeout --foreground -k 20 "$longest" "$root/artifacts/bin/$1/release/$1" -noColor -noLogo "${long[@]}" "${filter[@]}" </dev/null >&3 2>&1 3>&- &
    running=$!
    exec 3>&-
    wait "$running" || code=$?
    end_group "$running"
    running=''
    wait "$output" || true

    # A project without a test to run says no more than its total.
    numbers=$(sed -nE 's/^ +[^ ]+ +Total: 0$/0 0 0 0 0/p
        s/^ +[^ ]+ +Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+).*/\1 \2 \3 \4 \5/p' "$log" | tail -n 1)
    read -r total errors lost skips idle <<<"${numbers:-0 0 0 0 0}"
    passed=$((passed + total - lost - skips - idle))
    failed=$((failed + lost + errors))
    skipped=$((skipped + skips))
    later=$((later + idle))
    if [ -z "$numbers" ] || { [ "$code" != 0 ] && [ $((lost + errors)) = 0 ]; }; then
        crashed+=("$1 (exit code $code)")
        failed=$((failed + 1))
    fi
    echo "== $1 took $((SECONDS - began)) s"
}

cd "$root"
mkdir -p artifacts/test-logs
if [ "${projects[*]}" != Unit ] && [ -z "${TEST_CONTAINERS:-}" ]; then start_servers; fi
began=$SECONDS
if [ "${projects[*]}" = Unit ]; then target=tests/Unit/Unit.csproj; else target=Microservices.sln; fi
dotnet build "$target" -c Release -v q --nologo </dev/null || { echo "the build failed" >&2; exit 1; }
echo "== the build took $((SECONDS - began)) s"

for project in "${projects[@]}"; do
    [ "$project" = Unit ] || await_servers
    run "$project"
done

cleanup
trap - EXIT
# Once more at the end, where whoever sees only that finds it: each failed test with the first lines of why.
for project in "${projects[@]}"; do
    awk '/ \[FAIL\]$/ { left = 12 } left-- > 0' "artifacts/test-logs/$project.txt"
done
[ ${#crashed[@]} = 0 ] || printf 'crashed: %s\n' "${crashed[@]}"
[ $((passed + failed)) -gt 0 ] || echo "no test ran"
[ "$later" = 0 ] || echo "$later long ones were left out: --full runs them, or a part of their name"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
