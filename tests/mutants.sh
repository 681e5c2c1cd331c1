#!/usr/bin/env bash
# Breaks the code in one place at a time, in a copy of the tree, and requires the tests that guard the place to notice.
# Ends with a table; fails if a broken copy passes, or the whole one does not.
#
#   tests/mutants.sh [NAME]...   only the mutants with these names
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export HOME=${HOME:-/tmp}

# The suites that guard what is broken below.
store=(Store -class Store.LogOrder -class Store.RepeatedFacts -class Store.RacingWriters)
sync=(Services -class Services.Sync.WalkingWhileTheChainMoves -class Services.Sync.FetchingASlice)

runner=services/Sync/Walks/PageReader.cs
rules=services/Sync/Ledgers/PageRules.cs
log=building-blocks/EventSourcing/Work.cs

folder=$(mktemp -d "${TMPDIR:-/tmp}/wallets-mutants-XXXXXX")
# The servers' own users must be able to enter.
chmod 755 "$folder"
copy=$folder/tree
servers=$root/deploy/local/servers.sh

cleanup() {
    trap '' INT TERM
    "$servers" remove "$folder/servers" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$copy" "$folder/servers"
(cd "$root" && git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
    [ ! -f "$file" ] || printf '%s\0' "$file"
done | tar -c --null -T -) | tar -x -C "$copy"

bash "$root/deploy/local/install.sh"
PORTS=free "$servers" up "$folder/servers" </dev/null
# shellcheck source=/dev/null
source "$folder/servers/env"
export TEST_PG=$PG_ADMIN TEST_AMQP=$AMQP_URI TEST_SERVERS_DIR=$folder/servers

# change FILE PERL_SUBSTITUTION: fails if it changes nothing, so that a mutant cannot fade unnoticed.
change() {
    perl -0pi -e "$2" "$copy/$1"
    ! cmp -s "$copy/$1" "$root/$1" || { echo "nothing to change in $1 by: $2" >&2; exit 1; }
}

overlap_off() {
    change "$runner" 's/after = anchor \?\? cursor;/after = cursor;/g'
}
page_dedup_off() { change "$rules" 's/known\.GetValueOrDefault\(transaction\.Txid\)/known.GetValueOrDefault("")/'; }
log_dedup_off() { change "$log" 's/if \(known\.Contains\(\@event\.Id\)\) continue;//'; }
dedup_off() { page_dedup_off; log_dedup_off; }
cursor_alone() {
    change "$runner" 's/work\.Append\(LedgerEvent\.Category, claim\.LedgerId, change\.Events\);\s+KillPoint\.Reach\("before-append"\);\s+await work\.CommitAsync\(ct\);/await work.CommitAsync(ct);\n        await using var later = await store.BeginAsync(claim, ct);\n        later.Append(LedgerEvent.Category, claim.LedgerId, change.Events);\n        await later.CommitAsync(ct);/'
}
log_lock_off() { change "$log" 's/select pg_advisory_xact_lock\(\d+\), /select /'; }

# run PROJECT ARGUMENT...: passes only if at least one test ran and none failed. Says what failed in $caught.
run() {
    local project=$1 out=$folder/output code=0
    shift
    dotnet build "$copy/tests/$project/$project.csproj" -c Release -v q --nologo </dev/null >"$folder/build" 2>&1 ||
        { cat "$folder/build" >&2; echo "the build failed" >&2; exit 1; }
    (cd "$copy" && timeout 900 "artifacts/bin/$project/release/$project" -noColor -noLogo "$@" </dev/null >"$out" 2>&1) || code=$?
    caught=$(sed -nE 's/^ +([A-Za-z]+(\.[A-Za-z]+)*)\.([a-z_0-9]+).* \[FAIL\]$/\1: \3/p' "$out" | sort | uniq -c | sort -rn | sed -E 's/^ +[0-9]+ //')
    ran=$(sed -nE 's/.*Total: ([0-9]+).*/\1/p' "$out" | tail -n 1)
    [ "${ran:-0}" -gt 0 ] || { tail -n 30 "$out" >&2; echo "no test of $project ran" >&2; exit 1; }
    return "$code"
}

mutants=(
    "overlap_off|pages asked after the cursor, without the overlap|sync"
    "page_dedup_off|a page's known transactions taken as new|sync"
    "log_dedup_off|the log appends known event ids|store"
    "dedup_off|both of these|sync"
    "cursor_alone|the cursor stored before, not with, the page's events|sync"
    "log_lock_off|appends without the log's lock|store"
)

table=$folder/table failed=0
printf '| mutant | caught by |\n|---|---|\n' >"$table"
for suite in store sync; do
    declare -n arguments=$suite
    echo "== unbroken: ${arguments[*]}"
    run "${arguments[@]}" || { echo "the unbroken tree fails: $caught" >&2; exit 1; }
    echo "   $ran tests pass"
done

for mutant in "${mutants[@]}"; do
    IFS='|' read -r name what suite <<<"$mutant"
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    declare -n arguments=$suite
    echo "== $name: $what"
    "$name"
    if run "${arguments[@]}"; then
        echo "   SURVIVES $ran tests"
        echo "| $what | **nothing** |" >>"$table"
        failed=1
    else
        count=$(grep -c . <<<"$caught" || true)
        echo "   caught by tests: $count"
        echo "| $what | $(head -n 2 <<<"$caught" | sed -E 's/^(Services\.Sync|Store)\.//; s/^([^:]*): (.*)$/`\1.\2`/' | paste -sd ',' | sed 's/,/, /g')$([ "$count" -le 2 ] || echo " and $((count - 2)) more") |" >>"$table"
    fi
    for file in "$runner" "$rules" "$log"; do cp "$root/$file" "$copy/$file"; done
done

cat "$table"
exit "$failed"
