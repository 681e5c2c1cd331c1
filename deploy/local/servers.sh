#!/usr/bin/env bash
# A private PostgreSQL cluster and a private RabbitMQ node with all their data in one folder.
#
#   servers.sh up DIR            makes what is missing, starts both, writes DIR/env with how to connect
#   servers.sh down DIR          stops both, keeps the data
#   servers.sh remove DIR        stops both and deletes their data
#   servers.sh remove-after DIR PID   waits until that process is gone, then removes: a guard for tests that get killed
#   servers.sh status DIR        says what runs and where the data is; fails unless both run
#   servers.sh require-ports DIR fails, and says why, unless what is not running yet would find its ports free
#   servers.sh install           installs the packages that are missing, starts nothing
#   servers.sh start-postgres | stop-postgres | kill-postgres | restart-postgres DIR
#   servers.sh renew-postgres DIR            puts an empty cluster in the place of the one that is there
#   servers.sh start-rabbit | stop-rabbit | kill-rabbit | restart-rabbit DIR
#   servers.sh add-vhost | delete-vhost DIR NAME
#   servers.sh purge DIR [VHOST] empties every queue, prints how many messages went
#   servers.sh psql | rabbitmqctl DIR ARGUMENT...
#
# PG_PORT, AMQP_PORT, EPMD_PORT and DIST_PORT move the ports; PORTS=free chooses free ones. What was chosen is kept.
# With TLS set at the first start both servers speak TLS alone, with certificates of an authority made for them.
# With BROKER_METRICS_PORT a RabbitMQ that is started tells Prometheus of its queues there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/ports.sh
source "$here/ports.sh"
# shellcheck source=deploy/local/processes.sh
source "$here/processes.sh"
# shellcheck source=deploy/local/tls.sh
source "$here/tls.sh"
# shellcheck source=deploy/local/postgres.sh
source "$here/postgres.sh"
# shellcheck source=deploy/local/rabbit.sh
source "$here/rabbit.sh"

# As root each server runs as its package's user, who must never be root; otherwise everything runs as oneself.
if [ "$(id -u)" = 0 ]; then pg_user=postgres rabbit_user=rabbitmq; else pg_user='' rabbit_user=''; fi

# Becomes the command instead of staying its parent, so a background process's number is the server's own.
exec_as() {
    local user=$1
    shift
    cd /
    if [ -z "$user" ]; then exec "$@"; else exec setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; fi
}

as_user() { (exec_as "$@"); }

# launch PID_FILE OUTPUT COMMAND...: in the background, out of reach of this terminal's Ctrl-C.
launch() {
    local pid_file=$1 output=$2
    shift 2
    (
        echo "$BASHPID" >"$pid_file"
        "$@"
    ) </dev/null >"$output" 2>&1 9>&- &
}

own_by() { [ -z "$1" ] || chown -R "$1:" "$2"; }

# The servers' users must be able to enter, and RabbitMQ's scripts break on a path with spaces.
usable() {
    [[ $1 =~ ^[A-Za-z0-9/._-]+$ ]] || return 1
    local user
    for user in $pg_user $rabbit_user; do
        as_user "$user" test -x "$1" || return 1
    done
}

find_place() {
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    place=$dir
    usable "$dir" && return 0
    place=/var/tmp/wallets-$(printf '%s:%s' "$(id -u)" "$dir" | sha256sum | cut -c 1-16)
    mkdir -p "$place"
    # The name can be guessed and anybody may write to /var/tmp.
    if [ -L "$place" ] || [ "$(stat -c %u "$place")" != "$(id -u)" ]; then
        echo "$place exists and is not ours" >&2
        return 1
    fi
    chmod 755 "$place"
}

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# choose_port NAME KEPT DEFAULT: what the caller says, else what was kept, else free or the default.
choose_port() {
    local name=$1 kept=$2 default=$3 given=${!1:-}
    if [ -n "$given" ]; then echo "$given"
    elif [ -n "$kept" ]; then echo "$kept"
    elif [ "${PORTS:-}" = free ]; then free_port "$place"
    else echo "$default"; fi
}

read_settings() {
    local kept_PG_PORT='' kept_AMQP_PORT='' kept_EPMD_PORT='' kept_DIST_PORT='' PASSWORDS='' BROKER_PASSWORDS=''
    # shellcheck source=/dev/null
    [ ! -s "$place/settings" ] || source "$place/settings"
    # A running server is reached where it is, whatever the caller would like for the next start.
    if pg_running; then PG_PORT=$kept_PG_PORT; fi
    if rabbit_running; then AMQP_PORT=$kept_AMQP_PORT EPMD_PORT=$kept_EPMD_PORT DIST_PORT=$kept_DIST_PORT; fi
    PG_PORT=$(choose_port PG_PORT "$kept_PG_PORT" 54329)
    AMQP_PORT=$(choose_port AMQP_PORT "$kept_AMQP_PORT" 56729)
    EPMD_PORT=$(choose_port EPMD_PORT "$kept_EPMD_PORT" 43690)
    DIST_PORT=$(choose_port DIST_PORT "$kept_DIST_PORT" $((EPMD_PORT + 1)))
    read -r PG_PASSWORD AMQP_PASSWORD WALLETS_PASSWORD SYNC_PASSWORD PORTFOLIO_PASSWORD \
        <<<"${PASSWORDS:-$(random_word) $(random_word) $(random_word) $(random_word) $(random_word)}"
    read -r AMQP_WALLETS_PASSWORD AMQP_SYNC_PASSWORD AMQP_PORTFOLIO_PASSWORD AMQP_MONITOR_PASSWORD \
        <<<"${BROKER_PASSWORDS:-$(random_word) $(random_word) $(random_word) $(random_word)}"
}

pg_running() { pg_pid >/dev/null; }
rabbit_running() { rabbit_pid >/dev/null; }

write_settings() {
    (
        umask 077
        cat >"$place/settings.new" <<SETTINGS
kept_PG_PORT=$PG_PORT
kept_AMQP_PORT=$AMQP_PORT
kept_EPMD_PORT=$EPMD_PORT
kept_DIST_PORT=$DIST_PORT
PASSWORDS="$PG_PASSWORD $AMQP_PASSWORD $WALLETS_PASSWORD $SYNC_PASSWORD $PORTFOLIO_PASSWORD"
BROKER_PASSWORDS="$AMQP_WALLETS_PASSWORD $AMQP_SYNC_PASSWORD $AMQP_PORTFOLIO_PASSWORD $AMQP_MONITOR_PASSWORD"
SETTINGS
        mv "$place/settings.new" "$place/settings"
        cat >"$dir/env.new" <<ENV
SERVERS_DIR='$dir'
PG_HOST=127.0.0.1
PG_PORT=$PG_PORT
PG_ADMIN='$(connection postgres postgres "$PG_PASSWORD")'
PG_WALLETS='$(connection wallets wallets "$WALLETS_PASSWORD")'
PG_SYNC='$(connection sync sync "$SYNC_PASSWORD")'
PG_PORTFOLIO='$(connection portfolio portfolio "$PORTFOLIO_PASSWORD")'
AMQP_PORT=$AMQP_PORT
AMQP_URI='$(broker admin "$AMQP_PASSWORD")'
AMQP_WALLETS='$(broker wallets "$AMQP_WALLETS_PASSWORD")'
AMQP_SYNC='$(broker sync "$AMQP_SYNC_PASSWORD")'
AMQP_PORTFOLIO='$(broker portfolio "$AMQP_PORTFOLIO_PASSWORD")'
ENV
        ! tls_on || echo "TLS_DIR='$place/tls'" >>"$dir/env.new"
        mv "$dir/env.new" "$dir/env"
    )
}

connection() {
    local tls=''
    ! tls_on || tls=";SSL Mode=VerifyFull;Root Certificate=$place/tls/ca.pem"
    echo "Host=127.0.0.1;Port=$PG_PORT;Database=$1;Username=$2;Password=$3$tls"
}

broker() { echo "amqp$(! tls_on || echo s)://$1:$2@127.0.0.1:$AMQP_PORT/"; }

# In the background each start is a shell of its own, where the first failure ends it.
up() {
    local postgres rabbit failed=0
    [ -z "${TLS:-}" ] || tls_make
    write_settings
    pg_start &
    postgres=$!
    rabbit_start &
    rabbit=$!
    wait "$postgres" || failed=1
    wait "$rabbit" || failed=1
    return $failed
}

down() {
    local postgres rabbit failed=0
    pg_stop fast &
    postgres=$!
    { rabbit_stop TERM; epmd_stop; } &
    rabbit=$!
    wait "$postgres" || failed=1
    wait "$rabbit" || failed=1
    return $failed
}

remove() {
    down || true
    forget_ports "$place"
    rm -rf "$place" "$dir/env"
    rmdir "$dir" 2>/dev/null || true
}

status() {
    local pid missing=0
    if pid=$(pg_pid); then echo "PostgreSQL  127.0.0.1:$PG_PORT  process $pid"; else echo "PostgreSQL  stopped"; missing=1; fi
    if pid=$(rabbit_pid); then echo "RabbitMQ    127.0.0.1:$AMQP_PORT  process $pid"; else echo "RabbitMQ    stopped"; missing=1; fi
    echo "data        $place"
    return $missing
}

require_ports() {
    local failed=0
    pg_running || require_port PG_PORT "$PG_PORT" || failed=1
    if ! rabbit_running; then
        require_port AMQP_PORT "$AMQP_PORT" || failed=1
        require_port DIST_PORT "$DIST_PORT" || failed=1
        epmd_pid >/dev/null || require_port EPMD_PORT "$EPMD_PORT" || failed=1
    fi
    return $failed
}

main() {
    local command=${1:-}
    if [ "$command" = install ]; then exec bash "$here/install.sh"; fi
    [ $# -ge 2 ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; return 2; }
    dir=$2
    shift 2
    find_place
    # One at a time in one folder; a second caller waits for the first to finish.
    if [ "$command" != rabbitmqctl ] && [ "$command" != psql ]; then
        exec 9>>"$place/lock"
        flock -w 300 9
    fi
    read_settings
    case $command in
        up) up ;;
        down) down ;;
        remove) remove ;;
        remove-after)
            # Hold no lock while waiting.
            flock -u 9
            until is_gone "$1"; do sleep 1; done
            trap '' HUP INT TERM
            exec "$here/servers.sh" remove "$dir"
            ;;
        status) status ;;
        require-ports) require_ports ;;
        start-postgres) pg_start ;;
        stop-postgres) pg_stop fast ;;
        kill-postgres) pg_stop immediate ;;
        restart-postgres)
            pg_stop fast
            pg_start
            ;;
        renew-postgres)
            pg_stop fast
            rm -f "$place/pg.ready"
            pg_start
            ;;
        start-rabbit) rabbit_start ;;
        stop-rabbit) rabbit_stop TERM ;;
        kill-rabbit) rabbit_stop KILL ;;
        restart-rabbit)
            rabbit_stop TERM
            rabbit_start
            ;;
        add-vhost) rabbit_add_vhost "$1" ;;
        delete-vhost) rabbit_ctl -q delete_vhost "$1" ;;
        purge) rabbit_purge "${1:-/}" ;;
        psql) pg_psql "$@" ;;
        rabbitmqctl) rabbit_ctl "$@" ;;
        *) echo "servers.sh does not know '$command'" >&2; return 2 ;;
    esac
}

main "$@"
