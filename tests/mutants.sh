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
claims=(Services -class Services.Sync.TakingASliceOver)
rules=(Unit -class Unit.Sync.PayingByReceipts -class Unit.Sync.MergingLists -class Unit.Sync.UnbelievableAccounts -class Unit.Sync.AskingForLess
    -class Unit.Sync.DecidingARun -class Unit.Sync.ConcludingARound)
follow=(Services -class Services.Sync.FollowingBlocks -class Services.Sync.FollowingAccounts)
told=(Unit -class Unit.Portfolio.DecideDeposits -class Unit.Sync.WaitingForABlock -class Unit.Sync.DecidingWhatToFollow)
feed=(Services -class Services.Portfolio.Channels.FollowTheFeed)

runner=services/Sync/Walks/PageReader.cs
pages=services/Sync/Ledgers/PageRules.cs
log=building-blocks/EventSourcing/Work.cs
walk=services/Sync/Walks/WalkRows.cs
receipts=services/Sync/Chains/Evm/EvmReceipts.cs
facts=services/Sync/Chains/Evm/EvmFacts.cs
tokens=services/Sync/Chains/Evm/EvmTokens.cs
size=services/Sync/Chains/AskSize.cs
explorer=services/Sync/Chains/Evm/EtherscanCalls.cs
accounts=services/Sync/Chains/Evm/EvmAccounts.cs
runs=services/Sync/WalletSyncs/RunRules.cs
verdicts=services/Sync/Reconciliation/BalanceVerdict.cs
contents=services/Sync/Chains/Evm/EvmRpc.Blocks.cs
matching=services/Sync/Following/FollowerStore.cs
forks=services/Sync/Following/FollowRules.cs
mempool=services/Sync/Ledgers/PendingRules.cs
deposits=services/Portfolio/Deposits/Deposit.cs
sightings=services/Portfolio/Deposits/Sighting.cs
streams=services/Portfolio/Feed/Channels/FeedStream.cs

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

changed=()

# change FILE PERL_SUBSTITUTION: fails if it changes nothing, so that a mutant cannot fade unnoticed.
change() {
    changed+=("$1")
    perl -0pi -e "$2" "$copy/$1"
    ! cmp -s "$copy/$1" "$root/$1" || { echo "nothing to change in $1 by: $2" >&2; exit 1; }
}

overlap_off() {
    change "$runner" 's/after = anchor \?\? cursor;/after = cursor;/g'
}
page_dedup_off() { change "$pages" 's/known\.GetValueOrDefault\(transaction\.Txid\)/known.GetValueOrDefault("")/'; }
log_dedup_off() { change "$log" 's/if \(known\.Contains\(\@event\.Id\)\) continue;//'; }
dedup_off() { page_dedup_off; log_dedup_off; }
cursor_alone() {
    change "$runner" 's/work\.Append\(LedgerEvent\.Category, claim\.LedgerId, \[\.\. change\.Events, \.\. gaps\]\);\s+KillPoint\.Reach\("before-append"\);\s+await work\.CommitAsync\(ct\);/await work.CommitAsync(ct);\n        await using var later = await store.BeginAsync(claim, ct);\n        later.Append(LedgerEvent.Category, claim.LedgerId, [.. change.Events, .. gaps]);\n        await later.CommitAsync(ct);/'
}
claim_lock_off() { change "$walk" 's/\n        for update of l, w//'; }
l1_fee_off() { change "$receipts" 's/\+ Named\("l1Fee"\)//'; }
operator_fee_off() { change "$receipts" 's/Named\("operatorFeeConstant"\) \+ //'; }
outermost_kept() { change "$facts" 's/!IsOutermost\(row, sent\)/(!IsOutermost(row, sent) || sent is not null)/'; }
told_twice() { change "$facts" 's/EvmRow\.Inside \{ Index: \{ \} index \} inside => \(object\)\([^\n]*\),/EvmRow.Inside => new object(),/'; }
native_alias_off() { change "$tokens" 's/contract is not null && network\.NativeContracts\.Contains\(contract\)/false \&\& network.NativeContracts.Contains(contract!)/'; }
list_beats_log() { change "$tokens" 's/\.\. listed\.Where\([^\n]*\),/.. listed,/'; }
halving_off() { change "$size" 's/asked == 1 \|\| /asked >= 1 || /'; }
empty_only_by_brackets() { change "$explorer" 's/(null or \{ ValueKind: JsonValueKind\.Null \} =>) [^\n]*/$1 false,/'; }
supply_unbounded() { change "$accounts" 's/<= network\.MaxSupply/>= 0/'; }
checks_wait_for_neighbours() { change "$runs" 's/Sooner\(until, [^\n]*?\), reason/until, reason/'; }
retries_are_runs() { change "$runs" 's/plan\.AllFailed && saga\.FailedRun is not null/false/'; }
below_zero_verified() { change "$verdicts" 's/Verdict is Verdict\.Verified && lowest is \{ \} below/false \&\& lowest is { } below/'; }
receivers_unmatched() { change "$contents" 's/if \(EvmRules\.Account\(Field\(transaction, "to"\)\) is \{ \} to\) accounts\.Add\(to\);//'; }
tokens_unmatched() { change "$contents" 's/accounts\.Add\("0x" \+ text\[AccountAt\.\.\]\);/_ = text;/'; }
fork_stays_settled() { change "$matching" 's/set unsettled_above = least\(unsettled_above, \@height\)/set unsettled_above = unsettled_above/'; }
fork_too_high() { change "$forks" 's/return low < tail\.Count \? tail\[low\] : null;/return low < tail.Count ? tail[Math.Max(low - 1, 0)] : null;/'; }
orphaned_in_silence() { change "$deposits" 's/\|\| \(Status is DepositStatus\.Completed && IsInAnotherBlockThan\(now\) && now\.Confirmations < now\.Required\)//'; }
completion_kept() { change "$deposits" 's/with \{ Completion = null, CompletedAt = null \}/with { CompletedAt = null }/'; }
replaced_unseen() { change "$mempool" 's/waiting\.Spent\.Intersect\(row\.Spent\)\.Any\(\)/waiting.Spent.Count == 0/'; }
confirmations_short() { change "$sightings" 's/- block \+ 1, 1\)/- block, 1)/'; }
completed_early() { change "$deposits" 's/counted\.Confirmations >= counted\.Required/counted.Confirmations + 1 >= counted.Required/'; }
gap_unnoticed() { change "$streams" 's/item\.Seq == Position\.Seq \+ 1/item.Seq > Position.Seq/'; }
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
    "claim_lock_off|a claim that reads the ledger beside a page in flight|claims"
    "l1_fee_off|a receipt's l1Fee passed over|rules"
    "operator_fee_off|a receipt's operator fee passed over|rules"
    "outermost_kept|the outermost call counted as an inner one|rules"
    "told_twice|an inner movement counted as often as it is listed|rules"
    "native_alias_off|the native coin's contract taken for a token|rules"
    "list_beats_log|listed rows kept beside the receipt's logs|rules"
    "halving_off|what is too much asked for once only|rules"
    "empty_only_by_brackets|a list of null taken for a refusal|rules"
    "supply_unbounded|more of the native coin believed than can exist|rules"
    "checks_wait_for_neighbours|regular checks that wait for another address's next try|rules"
    "retries_are_runs|tries after a failed run recorded as runs|rules"
    "receivers_unmatched|whom a block's transactions pay passed over|follow"
    "tokens_unmatched|whose tokens a block's logs move passed over|follow"
    "fork_stays_settled|what a fork reaches counted as settled still|follow"
    "fork_too_high|a fork found a block too high|told"
    "orphaned_in_silence|a completed deposit that lost its block counted on in another|told"
    "completion_kept|a completion taken back and still held|told"
    "replaced_unseen|a replacement looked for by its address, not by the coins|told"
    "confirmations_short|a block not counted as its first confirmation|told"
    "completed_early|a deposit complete one confirmation early|told"
    "gap_unnoticed|a gap between the stream and its tail passed over|feed"
    "below_zero_verified|verified although a balance was below zero on the way|rules"
)

table=$folder/table failed=0
printf '| mutant | caught by |\n|---|---|\n' >"$table"
needed=" "
for mutant in "${mutants[@]}"; do
    if [ $# -eq 0 ] || [[ " $* " == *" ${mutant%%|*} "* ]]; then needed+="${mutant##*|} "; fi
done
for suite in store sync claims rules follow told feed; do
    [[ "$needed" == *" $suite "* ]] || continue
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
        echo "| $what | $(head -n 2 <<<"$caught" | sed -E 's/^(Services\.Sync|Services\.Portfolio\.Channels|Unit\.Sync|Unit\.Portfolio|Store)\.//; s/^([^:]*): (.*)$/`\1.\2`/' | paste -sd ',' | sed 's/,/, /g')$([ "$count" -le 2 ] || echo " and $((count - 2)) more") |" >>"$table"
    fi
    for file in "${changed[@]}"; do cp "$root/$file" "$copy/$file"; done
    changed=()
done

cat "$table"
exit "$failed"
