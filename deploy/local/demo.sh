# shellcheck shell=bash disable=SC2154
# The demo: its key, its wallet with two addresses, and how far their sync is. Sourced by run.sh after services.sh,
# and by deploy/demo.sh, which runs it in containers.
# JSON is read with sed: our own answers have a known shape, and a fresh machine has no tool for it.

demo_wallet=btc_wallet_001

# Real addresses; without the simulator their real history is read.
live_addresses=(bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5 12xQ9k5ousS8MqNsMBqHKtjAtCuKezm2Ju)
live_third=bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h

# json_text NAME: the values of a text member, one a line.
json_text() { grep -o "\"$1\":\"[^\"]*\"" | sed "s/^\"$1\":\"//; s/\"\$//"; }

# One object a line, up to its first inner object, so that a line's members belong together.
json_objects() { tr '{' '\n'; }

# The key is a secret: curl reads it from a file instead of its command line.
api() {
    local method=$1 path=$2 body
    shift 2
    body=$(curl -sS --noproxy '*' --max-time 60 --fail-with-body -X "$method" -H @"$data/run/authorization" \
        -H 'Content-Type: application/json' "$(url gateway)$path" "$@" 2>&1) ||
        { echo "$method $path failed: $body" >&2; return 1; }
    printf '%s\n' "$body"
}

# The key of the first administrator, made once and kept.
make_demo_key() {
    local code=0
    if [ ! -s "$data/demo-key" ]; then
        # What an earlier try left keeps the rights it had.
        rm -f "$data/demo-key.new" "$data/demo-key.line"
        (umask 077 && exec_service wallets create-admin --email demo@example.com >"$data/demo-key.new" 2>"$data/logs/create-admin.log") || code=$?
        # The administrator is there and the key is gone: they get another.
        [ $code != 2 ] || (umask 077 && exec_service wallets new-admin-key --email demo@example.com >"$data/demo-key.new" \
            2>>"$data/logs/create-admin.log") || true
        # Never readable by others, not even before it has its name.
        (umask 077 && grep -m 1 '^wt_' "$data/demo-key.new" >"$data/demo-key.line") ||
            { echo "no administrator was made:" >&2; cat "$data/logs/create-admin.log" "$data/demo-key.new" >&2; return 1; }
        mv "$data/demo-key.line" "$data/demo-key"
        rm -f "$data/demo-key.new"
    fi
    key=$(cat "$data/demo-key")
    rm -f "$data/run/authorization"
    (umask 077 && printf 'Authorization: Bearer %s\n' "$key" >"$data/run/authorization")
}

demo_addresses() {
    if [ -n "$live" ]; then
        addresses=("${live_addresses[@]}") third=$live_third
        return
    fi
    local told
    told=$(ask_simulator /admin/demo)
    mapfile -t addresses < <(json_text address <<<"${told%%\"toImport\"*}")
    third=$(json_text address <<<"${told#*\"toImport\"}")
}

seed_demo() {
    local address
    wallet=$(api GET '/api/v1/wallets?limit=200' | json_objects | grep -F "\"label\":\"$demo_wallet\"" | json_text id | sed -n 1p || true)
    if [ -z "$wallet" ]; then
        wallet=$(api POST /api/v1/wallets -d "{\"label\":\"$demo_wallet\"}" | json_text id | sed -n 1p)
    fi
    # Importing an address that is there already changes nothing.
    for address in "${addresses[@]}"; do
        api POST "/api/v1/wallets/$wallet/addresses" -d "{\"network\":\"bitcoin\",\"address\":\"$address\"}" >/dev/null
    done
}

# How each of the demo's addresses stands, one a line: address, status, what else is told.
sync_state() {
    # For a moment after its creation only Wallets knows the wallet.
    api GET "/api/v1/wallets/$wallet/sync" 2>/dev/null | json_objects | grep -F '"address":"' || true
}

await_verified() {
    local state verified address mine status line shown='' end=$((SECONDS + 170))
    while :; do
        state=$(sync_state)
        verified=0 line=''
        for address in "${addresses[@]}"; do
            mine=$(grep -F "\"$address\"" <<<"$state" | sed -n 1p || true)
            status=$(json_text status <<<"$mine" | sed -n 1p || true)
            [ "$status" != verified ] || verified=$((verified + 1))
            line+="  ${address:0:12}… ${status:-unknown}$(progress_of "$mine")"
        done
        if [ "$line" != "$shown" ]; then
            echo "$line"
            shown=$line
        fi
        [ $verified -lt ${#addresses[@]} ] || return 0
        if [ $SECONDS -ge "$end" ]; then
            echo "not verified within the time; it goes on in the background, and the last curl line tells how far it is" >&2
            return 1
        fi
        sleep 0.5
    done
}

progress_of() {
    local found percent reason
    reason=$(json_text reason <<<"$1" | sed -n 1p || true)
    found=$(grep -oE '"found":[0-9]+' <<<"$1" | sed -n 1p || true)
    percent=$(grep -oE '"percent":[0-9.]+' <<<"$1" | sed -n 1p || true)
    [ -z "$percent" ] || printf ' %s %%' "${percent#*:}"
    [ -z "$found" ] || printf ' (%s transactions)' "${found#*:}"
    [ -z "$reason" ] || printf ' (%s)' "$reason"
}

# What lets a browser in once, within ten minutes. It stands behind the #, which a browser sends nobody.
log_in_address() {
    local link
    link=$( (exec_service wallets login-link --email demo@example.com) 2>>"$data/logs/create-admin.log" | grep -m 1 '^wl_') || return 0
    echo "$(sed 's/127\.0\.0\.1/localhost/' <<<"$(url gateway)")/login#$link"
}

print_usage() {
    local base page
    base=$(url gateway)/api/v1
    page=$(log_in_address)
    echo "$wallet" >"$data/demo-wallet"
    cat <<USAGE

${page:+Open in a browser, within ten minutes (afterwards log in with the key below):

  $page

}The gateway is at $(url gateway), its API to read and try at $(url gateway)/docs, its health at $base/health.
The wallet is $demo_wallet; its id is in $data/demo-wallet, the key in $data/demo-key.
$([ -n "$live" ] || echo "The chain is simulated: only the addresses named here have a history, any other is empty. For real ones: ${go_live:-./run.sh --live}")
To try:

  export KEY=$key

  # the wallets
  curl -H "Authorization: Bearer \$KEY" $base/wallets
  # its addresses, how far each is, and what each holds
  curl -H "Authorization: Bearer \$KEY" $base/wallets/$wallet/addresses
  curl -H "Authorization: Bearer \$KEY" $base/wallets/$wallet/sync
  curl -H "Authorization: Bearer \$KEY" $base/wallets/$wallet/balances
  # transactions with running balances, page by page: append &cursor=<next of the answer>
  curl -H "Authorization: Bearer \$KEY" "$base/wallets/$wallet/transactions?limit=5"
  # a third address: import it, then watch it sync
  curl -X POST -H "Authorization: Bearer \$KEY" -H 'Content-Type: application/json' \\
    -d '{"network":"bitcoin","address":"$third","label":"third"}' $base/wallets/$wallet/addresses
  curl -H "Authorization: Bearer \$KEY" $base/wallets/$wallet/sync

USAGE
}
