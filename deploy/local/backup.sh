#!/usr/bin/env bash
# Backs up the databases of all services into a new folder, while they run.
#
#   backup.sh DIR [SERVERS]   writes DIR/portfolio.dump, sync.dump, wallets.dump and DIR/manifest
#
# SERVERS is the folder of servers.sh (./run.sh's is .local/servers). Without it the cluster is the one that PGHOST,
# PGPORT, PGUSER and PGPASSWORD name, by a role that may read everything. Needs PostgreSQL's client programs.
#
# The order is what makes the dumps fit: a reader of another service's log is dumped before that log. Portfolio reads
# Sync's and Wallets', Sync reads Wallets' (which reads Sync's from its beginning again where it stands beyond its end).
# So each restored reader stands at or behind the end of the restored logs, and reads on from there. Each dump is one
# snapshot of one database.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/dumps.sh
source "$here/dumps.sh"

[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2; }
use_servers "${2:-}"

target=${1%/}
[ ! -e "$target" ] || { echo "$target is there already; a backup is a folder of its own" >&2; exit 1; }
# Whole or not there: under its name only when everything is in it and on the disk.
unfinished=$target.unfinished
rm -rf "$unfinished"
(umask 077 && mkdir -p "$unfinished")
trap 'rm -rf "$unfinished"' EXIT

umask 077
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
: >"$unfinished/positions"
for database in "${databases[@]}"; do
    [ -n "$(ask "$database" "select to_regproc('log_restored')")" ] ||
        { echo "the database $database has no log_restored(): start the services of this version once before backing up" >&2; exit 1; }
    dump "$database" "$unfinished/$database.dump" >>"$unfinished/positions"
    printf '%s dumped: %s\n' "$database" "$(du -h "$unfinished/$database.dump" | cut -f 1)"
done

{
    echo "format=1"
    echo "began=$began"
    echo "ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "server=$(ask postgres 'show server_version')"
    echo "pg_dump=$("$bin/pg_dump" --version | grep -oE '[0-9.]+' | head -n 1)"
    cat "$unfinished/positions"
    for database in "${databases[@]}"; do
        echo "sha256.$database=$(sha256sum "$unfinished/$database.dump" | cut -d ' ' -f 1)"
    done
} >"$unfinished/manifest.body"
rm "$unfinished/positions"
# The manifest vouches for itself too, so that one cut short is none.
{ cat "$unfinished/manifest.body"; echo "manifest=$(sha256sum <"$unfinished/manifest.body" | cut -d ' ' -f 1)"; } >"$unfinished/manifest"
rm "$unfinished/manifest.body"
check_backup "$unfinished"
sync -f "$unfinished/manifest"
mv "$unfinished" "$target"
trap - EXIT
grep -v '^sha256\|^manifest' "$target/manifest"
echo "the backup is whole: $target"
