# shellcheck shell=bash disable=SC2154
# The private PostgreSQL cluster. Sourced by servers.sh, which sets place, the PG_ settings and as_user.

pg_bin() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1)
    [ -n "$newest" ] || { echo "PostgreSQL is not installed: run $here/install.sh" >&2; return 1; }
    dirname "$newest"
}

pg_pid() {
    local pid
    pid=$(head -n 1 "$place/pg/data/postmaster.pid" 2>/dev/null) || return 1
    # The number alone proves nothing: after a crash it may belong to somebody else's process.
    grep -qaF "$place/pg/data" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

pg_psql() {
    PGPASSWORD=$PG_PASSWORD PGCONNECT_TIMEOUT=10 "$(pg_bin)/psql" -X -q -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$PG_PORT" -U postgres "$@"
}

pg_settings() {
    cat <<SETTINGS
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
SETTINGS
    tls_postgres
}

pg_make() {
    local bin=$1
    # Without the mark the cluster was never finished, so there is nothing in it to lose.
    rm -rf "$place/pg"
    mkdir -p "$place/pg"
    (umask 077 && printf '%s\n' "$PG_PASSWORD" >"$place/pg/password")
    own_by "$pg_user" "$place/pg"
    as_user "$pg_user" "$bin/initdb" -D "$place/pg/data" -U postgres -A scram-sha-256 --pwfile="$place/pg/password" \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$place/pg-init.log" 2>&1 ||
        { cat "$place/pg-init.log" >&2; return 1; }
    rm -f "$place/pg/password"
    as_user "$pg_user" sh -c "echo \"include '../settings.conf'\" >>'$place/pg/data/postgresql.conf'"
}

# One role for each database, so that a service reaches its own data only.
pg_make_databases() {
    local name password
    for name in wallets sync portfolio; do
        password=${name^^}_PASSWORD
        echo "create role $name login password '${!password}';"
        echo "create database $name owner $name;"
        echo "revoke connect on database $name from public;"
    done | pg_psql -d postgres
}

pg_launch() {
    as_user "$pg_user" "$1/pg_ctl" start -w -t 120 -s -D "$place/pg/data" -l "$place/pg/log" </dev/null >/dev/null 2>&1 9>&-
}

pg_start() {
    local bin fresh=
    bin=$(pg_bin)
    pg_pid >/dev/null && return 0
    require_port PG_PORT "$PG_PORT"
    if [ ! -e "$place/pg.ready" ]; then fresh=1; pg_make "$bin"; fi
    rm -f "$place/pg/data/postmaster.pid"
    pg_settings | as_user "$pg_user" sh -c "cat >'$place/pg/settings.conf'"
    # After a crash the last session may hold the shared memory for a moment longer than its server.
    wait_for 10 pg_launch "$bin" ||
        { echo "PostgreSQL does not start; the end of $place/pg/log:" >&2; tail -n 15 "$place/pg/log" >&2; return 1; }
    [ -n "$fresh" ] || return 0
    pg_make_databases
    touch "$place/pg.ready"
}

# pg_stop MODE: fast ends sessions and writes everything out; immediate is a crash.
pg_stop() {
    local pid
    pid=$(pg_pid) || return 0
    case $1 in
        fast) kill -INT "$pid" ;;
        immediate) kill -QUIT "$pid" ;;
    esac
    wait_gone "$pid" 60 || { echo "PostgreSQL (process $pid) does not end" >&2; return 1; }
}
