# shellcheck shell=bash disable=SC2154
# The services as background processes of run.sh, which sets root, data, live and the ports. Sourced.

services=(wallets sync portfolio gateway)
[ -n "$live" ] || services=(simulator "${services[@]}")

declare -A program=([simulator]=ChainSimulator [wallets]=Wallets [sync]=Sync [portfolio]=Portfolio [gateway]=Gateway)
declare -A port=(
    [gateway]=${GATEWAY_PORT:-5080} [wallets]=${WALLETS_PORT:-5081} [sync]=${SYNC_PORT:-5082}
    [portfolio]=${PORTFOLIO_PORT:-5083} [simulator]=${SIMULATOR_PORT:-5090}
)

# The gateway is open to clients, so it tells its metrics at a port of its own.
metrics_port() { if [ "$1" = gateway ]; then echo "$GATEWAY_METRICS_PORT"; else echo "${port[$1]}"; fi; }

url() { echo "http://127.0.0.1:${port[$1]}"; }

ask_simulator() { curl -fsS --noproxy '*' "$(url simulator)$1"; }

service_pid() {
    local pid
    pid=$(cat "$data/run/$1.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] || return 1
    [ "$pid" != $$ ] || return 1
    # After a crash the number may belong to somebody else's process. One just born still looks like its parent.
    grep -qaF -e "$data/bin/${program[$1]}/" -e run.sh "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

require_service_ports() {
    local name failed=0
    for name in "${services[@]}"; do
        require_port "${name^^}_PORT" "${port[$name]}" || failed=1
    done
    return $failed
}

# Whether the programs in place are those of the sources as they are now.
programs_are_current() {
    [ -e "$data/bin/built" ] || return 1
    [ -z "$(find "$root/services" "$root/building-blocks" "$root/tests/ChainSimulator" "$root"/*.props "$root/global.json" \
        -newer "$data/bin/built" -print -quit)" ]
}

# A copy runs, so that a build meanwhile does not pull the files from under a running process.
install_programs() {
    local name
    rm -rf "${data:?}/bin"
    mkdir -p "$data/bin"
    for name in "${services[@]}"; do
        cp -R "$root/artifacts/bin/${program[$name]}/release" "$data/bin/${program[$name]}"
    done
    # As old as the build's beginning: what was changed during the build is not in it.
    touch -r "$data/run/build-began" "$data/bin/built"
}

# One ES256 key for each service: base64 of PKCS#8 DER in one line.
make_keys() {
    local name
    mkdir -p "$data/secrets"
    chmod 700 "$data/secrets"
    for name in gateway wallets sync portfolio; do
        [ -s "$data/secrets/$name.key" ] && continue
        (umask 077 && openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -outform DER |
            base64 -w 0 >"$data/secrets/$name.new" && mv "$data/secrets/$name.new" "$data/secrets/$name.key")
    done
}

# read_providers FILE: the settings by which a service is told whom to ask, but for networks that the environment tells of itself.
read_providers() {
    local line network given
    given=" $(env | sed -n 's/^Chains__\(.*\)__Providers__0__Name=.*/\1/p' | tr '\n' ' ')"
    while read -r line || [ -n "$line" ]; do
        case $line in
            \#* | '') continue ;;
            Chains__*)
                network=${line#Chains__}
                [[ $given != *" ${network%%__*} "* ]] || continue
                ;;
        esac
        chain_settings+=("${line//http:\/\/simulator:8080/$(url simulator)}")
    done <"$1"
}

# Becomes the service. Secrets go by the environment, never by the command line that everybody may read.
exec_service() {
    local name=$1 other database broker chain_settings=()
    shift
    if [ "$name" = simulator ]; then
        exec setsid dotnet "$data/bin/ChainSimulator/ChainSimulator.dll" --demo --mine-every 30s \
            --journal "$data/simulator.journal" --urls "$(url simulator)"
    fi
    # shellcheck source=/dev/null
    source "$data/servers/env"
    database=PG_${name^^} broker=AMQP_${name^^}
    export ASPNETCORE_URLS ASPNETCORE_ENVIRONMENT=Production DOTNET_ENVIRONMENT=Production
    ASPNETCORE_URLS=$(url "$name")
    if [ "$name" = gateway ] && [ -n "$monitoring" ]; then
        ASPNETCORE_URLS+=";http://127.0.0.1:$GATEWAY_METRICS_PORT"
        export Telemetry__MetricsPort=$GATEWAY_METRICS_PORT
    fi
    export ConnectionStrings__Database=${!database:-} RabbitMq__Uri=${!broker:-}
    export Identity__PrivateKey Services__Wallets Services__Sync Services__Portfolio
    Identity__PrivateKey=$(cat "$data/secrets/$name.key")
    Services__Wallets=$(url wallets) Services__Sync=$(url sync) Services__Portfolio=$(url portfolio)
    for other in gateway wallets sync portfolio; do
        declare -x "Identity__Issuers__$other=$(url $other)"
    done
    if [ "$name" = gateway ]; then
        # What a page offers to whoever has no address at hand; both chains know its history.
        export Gateway__Sample__0__Network=bitcoin Gateway__Sample__0__Address=bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h
        export Gateway__Sample__0__Label='A sample'
    fi
    if [ "$name" = sync ]; then
        read_providers "$root/deploy/chains/$([ -n "$live" ] && echo public || echo simulated).env"
    elif [ "$name" = portfolio ]; then
        read_providers "$root/deploy/prices/$([ -n "$live" ] && echo public || echo simulated).env"
    fi
    cd "$data/bin/${program[$name]}" || return 1
    set -- dotnet "$data/bin/${program[$name]}/${program[$name]}.dll" "$@"
    [ ${#chain_settings[@]} -gt 0 ] || exec setsid "$@"
    # A network's name may have a dash, which the shell puts into no variable's name; and a provider's key stands among them,
    # so they are handed on by a pipe. Perl is part of every Debian.
    exec setsid perl -e 'while (<STDIN>) { chomp; $ENV{$1} = $2 if /^([^=]+)=(.*)$/s } exec @ARGV or die "$ARGV[0]: $!\n"' "$@" \
        < <(printf '%s\n' "${chain_settings[@]}")
}

start_service() {
    mkdir -p "$data/run" "$data/logs"
    (
        echo "$BASHPID" >"$data/run/$1.pid"
        exec_service "$1"
    ) </dev/null >>"$data/logs/$1.log" 2>&1 8>&- &
    # Here too, so that the file never tells of the start before.
    echo $! >"$data/run/$1.pid"
    # The shell has nothing to say about its end; watch_services has.
    disown $!
}

stop_services() {
    local name pid signal
    local -A pids=()
    for name in "${services[@]}"; do
        if pid=$(service_pid "$name"); then pids[$name]=$pid; fi
    done
    for signal in TERM KILL; do
        [ ${#pids[@]} -gt 0 ] || return 0
        kill "-$signal" "${pids[@]}" 2>/dev/null || true
        # SIGTERM lets a service finish the slice in hand; its own limit is 30 s.
        for _ in {1..350}; do
            for name in "${!pids[@]}"; do
                service_pid "$name" >/dev/null || unset "pids[$name]"
            done
            [ ${#pids[@]} -gt 0 ] || return 0
            sleep 0.1
        done
        echo "still running: ${!pids[*]}" >&2
    done
}

# answers URL: whether it answers with success.
answers() { curl -fs --noproxy '*' --max-time 5 -o /dev/null "$1"; }

# await_answer URL SERVICE...: waits until it answers; a service that ends instead is told with its last words.
await_answer() {
    local name path url=$1 end=$((SECONDS + 120))
    shift
    until answers "$url"; do
        for name in "$@"; do
            service_pid "$name" >/dev/null && continue
            echo "$name ended by itself; the end of $data/logs/$name.log:" >&2
            tail -n 15 "$data/logs/$name.log" >&2
            return 1
        done
        if [ $SECONDS -ge $end ]; then
            echo "not every service is ready:" >&2
            for name in "$@"; do
                path=/health/ready
                [ "$name" != simulator ] || path=/admin/health
                echo "  $name: $(curl -s --noproxy '*' --max-time 5 "$(url "$name")$path")" >&2
            done
            echo "their logs are in $data/logs" >&2
            return 1
        fi
        sleep 0.3
    done
}

# Prometheus, with --monitoring.
prometheus_pid() {
    local pid
    pid=$(cat "$data/run/prometheus.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && grep -qaF -e "$data/prometheus" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

# Where the one that runs listens.
prometheus_port() { tr '\0' '\n' <"/proc/$1/cmdline" | sed -n 's/^--web.listen-address=.*://p'; }

start_prometheus() {
    local name targets=("rabbitmq=127.0.0.1:$BROKER_METRICS_PORT")
    for name in gateway wallets sync portfolio; do targets+=("$name=127.0.0.1:$(metrics_port "$name")"); done
    (
        echo "$BASHPID" >"$data/run/prometheus.pid"
        exec setsid "$root/deploy/local/monitoring.sh" run "$data/prometheus" "$PROMETHEUS_PORT" "${targets[@]}"
    ) </dev/null >>"$data/logs/prometheus.log" 2>&1 8>&- &
    disown $!
    wait_for 30 answers "http://127.0.0.1:$PROMETHEUS_PORT/-/ready" ||
        { echo "Prometheus does not start; its log:" >&2; cat "$data/logs/prometheus.log" >&2; return 1; }
}

stop_prometheus() {
    local pid
    pid=$(prometheus_pid) || return 0
    kill -TERM "$pid"
    wait_gone "$pid" 20 || kill -KILL "$pid"
}

# Stays as long as run.sh itself. A service that falls is started again: it must get on by itself.
watch_services() {
    local name
    while sleep 1; do
        for name in "${services[@]}"; do
            is_gone $$ && return 0
            service_pid "$name" >/dev/null && continue
            echo "$name ended and is started again (log: $data/logs/$name.log)"
            start_service "$name"
        done
    done
}
