# shellcheck shell=bash
# What backup.sh and restore.sh share. Sourced.

# In the order of dumping: a reader of another service's log before that log.
# shellcheck disable=SC2034
databases=(portfolio sync wallets)

# use_servers FOLDER: reaches the cluster of servers.sh, or the one that the environment names; finds the programs.
use_servers() {
    # shellcheck source=deploy/local/postgres.sh
    source "$here/postgres.sh"
    bin=$(pg_bin)
    export PGCONNECT_TIMEOUT=10 PGAPPNAME=backup PGOPTIONS='-c client_min_messages=warning'
    if [ -n "$1" ]; then
        [ -r "$1/env" ] || { echo "$1 is no folder of servers.sh" >&2; return 1; }
        # shellcheck source=/dev/null
        source "$1/env"
        # shellcheck disable=SC2153
        local password=${PG_ADMIN##*Password=}
        export PGHOST=$PG_HOST PGPORT=$PG_PORT PGUSER=postgres PGPASSWORD="${password%%;*}"
    fi
    [ -n "${PGHOST:-}" ] || { echo "name the cluster: the folder of servers.sh, or PGHOST, PGPORT, PGUSER and PGPASSWORD" >&2; return 1; }
}

# ask DATABASE SQL
ask() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

# dump DATABASE FILE: one snapshot, and its positions as lines of the manifest: where its log ends, how far it has read others'.
dump() {
    local database=$1 file=$2 snapshot line session
    coproc psql_session { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$database"; }
    session=$psql_session_PID
    exec 7>&"${psql_session[1]}" 8<&"${psql_session[0]}"
    cat >&7 <<SQL
begin isolation level repeatable read read only;
select pg_export_snapshot();
select 'schema.$database=' || string_agg(series || ':' || number, ',' order by series)
from (select series, max(number) as number from schema_migrations group by series) newest;
select 'log.$database=' || coalesce(max(seq_id)::text, '') from mt_events;
-- A restored log stands beyond its newest event until the next one, and so do its readers.
select 'end.$database=' || greatest((select coalesce(max(seq_id), 0) from mt_events), (select coalesce(max(goes_on_after), 0) from log_restores));
select format('read.$database.%s=%s', source, read_to) from inbox_checkpoints order by source;
select 'end';
SQL
    read -r snapshot <&8
    "$bin/pg_dump" --snapshot="$snapshot" --format=custom --no-owner --no-privileges --lock-wait-timeout=60000 --file="$file" "$database"
    while read -r line <&8 && [ "$line" != end ]; do echo "$line"; done
    [ "$line" = end ]
    echo '\q' >&7
    exec 7>&- 8<&-
    wait "$session"
}

# value MANIFEST KEY: empty where it says nothing.
value() { sed -n "s/^$2=//p" "$1" | sed -n 1p; }

# check_backup FOLDER: fails, and says why, unless everything that the manifest names is there and as it was written.
check_backup() {
    local manifest=$1/manifest database
    [ -r "$manifest" ] || { echo "$1 is no whole backup: it has no manifest" >&2; return 1; }
    [ "$(value "$manifest" format)" = 1 ] || { echo "$manifest has a format that this version does not know" >&2; return 1; }
    [ "$(sed '$d' "$manifest" | sha256sum | cut -d ' ' -f 1)" = "$(value "$manifest" manifest)" ] ||
        { echo "$manifest is not as it was written" >&2; return 1; }
    for database in "${databases[@]}"; do
        [ "$(sha256sum "$1/$database.dump" 2>/dev/null | cut -d ' ' -f 1)" = "$(value "$manifest" "sha256.$database")" ] ||
            { echo "$1/$database.dump is missing, cut short or changed" >&2; return 1; }
    done
    fits "$manifest" read.portfolio.sync sync && fits "$manifest" read.portfolio.wallets wallets &&
        fits "$manifest" read.sync.wallets wallets
}

# fits MANIFEST READER SOURCE: the reader is not ahead of its source's log. Older manifests have no end but the newest event.
fits() {
    local read log
    read=$(value "$1" "$2") log=$(value "$1" "end.$3")
    log=${log:-$(value "$1" "log.$3")}
    [ "${read:-0}" -le "${log:-0}" ] || { echo "$2 is at $read, ahead of log.$3 at ${log:-0}: these dumps do not fit" >&2; return 1; }
}
