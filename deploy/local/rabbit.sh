# shellcheck shell=bash disable=SC2154
# The private RabbitMQ node and its own epmd. Sourced by servers.sh, which sets place, the AMQP_ settings and as_user.

rabbit_sbin() {
    local newest
    newest=$(compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' | sort -V | tail -n 1)
    [ -n "$newest" ] || { echo "RabbitMQ is not installed: run $here/install.sh" >&2; return 1; }
    dirname "$newest"
}

rabbit_pid() {
    local pid
    pid=$(cat "$place/rabbit.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] || return 1
    grep -qaF "$place/rabbit" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

epmd_pid() {
    local pid
    pid=$(cat "$place/epmd.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qE "epmd .*-port $EPMD_PORT( |\$)" && echo "$pid"
}

# Runs a script of RabbitMQ's own with everything private: the wrappers in /usr/sbin know the system's node only.
rabbit_exec() {
    exec_as "$rabbit_user" env -u RABBITMQ_LOGS -u NOTIFY_SOCKET \
        HOME="$place/rabbit" \
        RABBITMQ_NODENAME=wallets@localhost \
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$AMQP_PORT" RABBITMQ_DIST_PORT="$DIST_PORT" \
        RABBITMQ_CTL_DIST_PORT_MIN=33000 RABBITMQ_CTL_DIST_PORT_MAX=60000 \
        ERL_EPMD_PORT="$EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_MNESIA_BASE="$place/rabbit/mnesia" RABBITMQ_LOG_BASE="$place/rabbit/log" \
        RABBITMQ_CONFIG_FILE="$place/rabbit/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE="$place/rabbit/none" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$place/rabbit/enabled_plugins" \
        RABBITMQ_PID_FILE="$place/rabbit/pid" RABBITMQ_SCHEDULER_BIND_TYPE=u \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -place $place/rabbit" \
        RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
        RUNNING_UNDER_SYSTEMD=true LANG=C.UTF-8 \
        "$@"
}

rabbit_settings() {
    tls_rabbit
    cat <<SETTINGS
load_definitions = $place/rabbit/definitions.json
disk_free_limit.absolute = 100MB
consumer_timeout = 604800000
log.file.level = info
log.console = false
SETTINGS
    [ -z "${BROKER_METRICS_PORT:-}" ] || printf 'prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %s\n' "$BROKER_METRICS_PORT"
}

# Accounts and what each may do, imported with every start.
rabbit_definitions() {
    VHOST=/ RABBITMQ_PASSWORD=$AMQP_PASSWORD WALLETS_RABBITMQ_PASSWORD=$AMQP_WALLETS_PASSWORD SYNC_RABBITMQ_PASSWORD=$AMQP_SYNC_PASSWORD \
        PORTFOLIO_RABBITMQ_PASSWORD=$AMQP_PORTFOLIO_PASSWORD MONITOR_RABBITMQ_PASSWORD=$AMQP_MONITOR_PASSWORD \
        bash "$here/../rabbitmq/definitions.sh"
}

# What tells metrics is only there where somebody wants them.
rabbit_plugins() { echo "[${BROKER_METRICS_PORT:+rabbitmq_prometheus}]."; }

rabbit_make() {
    # Without the mark the node never finished its first start: its user and its tables may be half there.
    rm -rf "$place/rabbit"
    mkdir -p "$place/rabbit/log" "$place/rabbit/mnesia"
    own_by "$rabbit_user" "$place/rabbit"
}

epmd_start() {
    epmd_pid >/dev/null && return 0
    require_port EPMD_PORT "$EPMD_PORT"
    # Started by us, not by the node: so it is known by its process number and ends with the node.
    launch "$place/epmd.pid" /dev/null exec_as "$rabbit_user" setsid epmd -port "$EPMD_PORT" -address 127.0.0.1
    wait_for 10 port_taken "$EPMD_PORT" || { echo "epmd does not start on port $EPMD_PORT" >&2; return 1; }
}

rabbit_launch() {
    local sbin
    sbin=$(rabbit_sbin)
    [ -e "$place/rabbit.ready" ] || rabbit_make
    epmd_start
    require_port AMQP_PORT "$AMQP_PORT"
    require_port DIST_PORT "$DIST_PORT"
    rabbit_settings | as_user "$rabbit_user" sh -c \
        "umask 077; cat >'$place/rabbit/rabbitmq.conf'; echo '$(rabbit_plugins)' >'$place/rabbit/enabled_plugins'"
    rabbit_definitions | as_user "$rabbit_user" sh -c "umask 077; cat >'$place/rabbit/definitions.json'"
    launch "$place/rabbit.pid" "$place/rabbit.out" rabbit_exec setsid "$sbin/rabbitmq-server"
    launched=$!
}

rabbit_listens_or_died() { port_taken "$AMQP_PORT" || ! kill -0 "$1" 2>/dev/null; }

rabbit_start() {
    local launched
    launched=$(rabbit_pid) || rabbit_launch
    # The listener opens last, when users, virtual hosts and queues are there.
    if ! wait_for 120 rabbit_listens_or_died "$launched" || ! port_taken "$AMQP_PORT"; then
        echo "RabbitMQ does not start; the end of its log in $place/rabbit:" >&2
        { cat "$place/rabbit.out"; tail -n 15 "$place"/rabbit/log/*.log; } >&2 2>/dev/null || true
        return 1
    fi
    touch "$place/rabbit.ready"
}

rabbit_stop() {
    local pid
    pid=$(rabbit_pid) || return 0
    kill "-$1" "$pid"
    wait_gone "$pid" 60 && return 0
    echo "RabbitMQ (process $pid) does not end in time and is killed" >&2
    kill -KILL "$pid"
    wait_gone "$pid" 10
}

epmd_stop() {
    local pid
    pid=$(epmd_pid) || return 0
    kill -TERM "$pid"
    wait_gone "$pid" 10 || kill -KILL "$pid"
}

rabbit_ctl() { (rabbit_exec "$(rabbit_sbin)/rabbitmqctl" "$@"); }

rabbit_add_vhost() {
    # Everybody may do there what they may in the one that the definitions name.
    rabbit_ctl -q eval "rabbit_vhost:add(<<\"$1\">>, <<\"admin\">>),
        [rabbit_auth_backend_internal:set_permissions(proplists:get_value(user, P), <<\"$1\">>, proplists:get_value(configure, P),
            proplists:get_value(write, P), proplists:get_value(read, P), <<\"admin\">>)
            || P <- rabbit_auth_backend_internal:list_vhost_permissions(<<\"/\">>)]."
}

rabbit_purge() {
    rabbit_ctl -q eval "lists:sum([begin {ok, N} = rabbit_amqqueue:purge(Q), N end || Q <- rabbit_amqqueue:list(<<\"$1\">>)])."
}
