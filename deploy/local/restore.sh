#!/usr/bin/env bash
# Restores the databases of all services from a folder that backup.sh wrote. The services must be stopped.
#
#   restore.sh DIR [--replace] [SERVERS]
#   restore.sh DIR --check               only says whether the backup is whole
#
# SERVERS is the folder of servers.sh (./run.sh's is .local/servers); without it PGHOST, PGPORT, PGUSER and PGPASSWORD
# name the cluster. Its databases wallets, sync and portfolio and their owners, of the same names, must be there, as
# servers.sh and the compose file make them. A database with tables in it is left alone unless --replace is given.
#
# Each database is restored whole or stays as it was; after a failure run it again. Each log is then told that it was restored: it
# goes on at positions it never used, so whatever RabbitMQ still holds of the lost part is not taken for what comes next.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/dumps.sh
source "$here/dumps.sh"

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

source='' servers='' replace='' check=''
for argument in "$@"; do
    case $argument in
        --replace) replace=1 ;;
        --check) check=1 ;;
        -*) usage ;;
        *) if [ -z "$source" ]; then source=$argument; elif [ -z "$servers" ]; then servers=$argument; else usage; fi ;;
    esac
done
[ -n "$source" ] || usage

check_backup "$source"
if [ -n "$check" ]; then echo "the backup of $(value "$source/manifest" ended) is whole"; exit 0; fi
use_servers "$servers"

# Everything is looked at before anything is touched.
for database in "${databases[@]}"; do
    ask "$database" 'select 1' >/dev/null || { echo "the database $database is not there, PostgreSQL does not run (deploy/local/servers.sh up SERVERS starts it), or it does not let $PGUSER in" >&2; exit 1; }
    sessions=$(ask postgres "select count(*) from pg_stat_activity where datname = '$database' and backend_type = 'client backend'")
    [ "$sessions" = 0 ] || { echo "$sessions sessions use the database $database: stop the services first" >&2; exit 1; }
    tables=$(ask "$database" "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'")
    [ "$tables" = 0 ] || [ -n "$replace" ] ||
        { echo "the database $database has $tables tables: --replace deletes them" >&2; exit 1; }
done

for database in "${databases[@]}"; do
    owner=$(ask postgres "select pg_get_userbyid(datdba) from pg_database where datname = '$database'")
    # Emptied, filled and marked in one transaction: a restore that breaks off changes nothing, and nobody ever meets a
    # restored log that does not know that it is one.
    {
        echo "set session role \"$owner\";"
        echo "do \$\$ declare s text; begin
            for s in select nspname from pg_namespace where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public')
            loop execute format('drop schema %I cascade', s); end loop; end \$\$;"
        echo "reset role; drop schema if exists public cascade; create schema public; alter schema public owner to \"$owner\"; set session role \"$owner\";"
        "$bin/pg_restore" --no-owner --no-privileges --file=- "$source/$database.dump" | grep -vE '^(CREATE SCHEMA public|COMMENT ON SCHEMA public)' ||
            echo "do \$\$ begin raise exception 'the dump breaks off'; end \$\$;"
        echo "set search_path = public; select 'goes on after ' || log_restored();"
    } | "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 --single-transaction -d "$database" -f - >"${TMPDIR:-/tmp}/restore.$$" ||
        { rm -f "${TMPDIR:-/tmp}/restore.$$"; echo "the database $database could not be restored and is as it was" >&2; exit 1; }
    told=$(grep -o 'goes on after .*' "${TMPDIR:-/tmp}/restore.$$" || true)
    rm -f "${TMPDIR:-/tmp}/restore.$$"
    restored=$(ask "$database" "select coalesce(max(seq_id)::text, '') from mt_events")
    [ "$restored" = "$(value "$source/manifest" "log.$database")" ] ||
        { echo "the log of $database ends at ${restored:-nothing}, not where the manifest says" >&2; exit 1; }
    ask "$database" 'analyze' >/dev/null
    echo "$database restored to ${restored:-an empty log}, $told"
done
echo "the services may be started; what RabbitMQ holds needs no care"
