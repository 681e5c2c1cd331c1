#!/usr/bin/env bash
# Installs what the local system needs and lacks, on Debian or Ubuntu, and starts nothing:
# no package may bring up a server of its own, now or at the next boot.
# "install.sh npm" installs npm as well, which only tests need: for the linter of the API's document and for a small Ethereum node.
# "install.sh chaos" installs libfaketime, by which chaos.sh moves the clocks of processes.
# "install.sh prometheus" installs Prometheus as well, for ./run.sh --monitoring and for the tests of the alert rules.
# "install.sh litecoind" installs a node of Bitcoin Core's kind, which only tests need.
# "install.sh chromium" installs a browser, and a font for it, which only the tests of the pages need.
# Several may be named at once.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/ports.sh
source "$here/ports.sh"

wanted=("$@")
# The ports the packages' own services would take: PostgreSQL, epmd, AMQP, Erlang distribution, management, Prometheus.
default_ports='^(543[2-9]|4369|5672|25672|15672|9090)$'
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
kept=

wants() { [[ " ${wanted[*]} " == *" $1 "* ]]; }

missing_packages() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null || echo rabbitmq-server
    command -v curl >/dev/null || echo curl ca-certificates
    command -v openssl >/dev/null || echo openssl
    ! wants npm || command -v npm >/dev/null || echo npm
    ! wants litecoind || command -v litecoind >/dev/null || echo litecoind
    ! wants chaos || compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
    ! wants prometheus || { command -v prometheus && command -v promtool; } >/dev/null || echo prometheus
    ! wants chromium || command -v chromium >/dev/null || echo chromium fonts-liberation
}

forbid_service_starts() {
    kept=$(mktemp -d)
    if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$kept/policy-rc.d"; fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    mkdir -p "$clusters"
    printf 'create_main_cluster = false\n' >"$clusters/no-main-cluster.conf"
    trap allow_service_starts EXIT
}

allow_service_starts() {
    rm -f "$policy" "$clusters/no-main-cluster.conf"
    if [ -e "$kept/policy-rc.d" ] || [ -L "$kept/policy-rc.d" ]; then mv "$kept/policy-rc.d" "$policy"; fi
    rm -rf "$kept"
}

apt_install() {
    local get=(apt-get -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install) log=$kept/log
    export DEBIAN_FRONTEND=noninteractive
    # The package lists of a fresh machine are empty, those of an old one may name files that are gone.
    "${get[@]}" "$@" >"$log" 2>&1 ||
        { apt-get -qq update >>"$log" 2>&1 && "${get[@]}" "$@" >>"$log" 2>&1; } ||
        { cat "$log" >&2; return 1; }
}

# A service that was not there before is not wanted at the next boot either.
disable_services() {
    local package
    for package in "$@"; do
        case $package in
            rabbitmq-server)
                update-rc.d rabbitmq-server disable
                ! command -v systemctl || systemctl disable rabbitmq-server.service epmd.socket epmd.service
                ;;
            postgresql) update-rc.d postgresql disable ;;
            prometheus)
                update-rc.d prometheus disable
                ! command -v systemctl || systemctl disable prometheus.service
                ;;
        esac
    done >/dev/null 2>&1 || true
}

main() {
    local packages before after
    mapfile -t packages < <(missing_packages | tr ' ' '\n')
    [ ${#packages[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || { echo "please install: ${packages[*]} (only Debian and Ubuntu are handled here)" >&2; return 1; }
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "please install as root: apt-get install ${packages[*]}" >&2; return 1; }
        echo "installing ${packages[*]} (sudo)" >&2
        # Without a terminal nobody could type a password: fail instead of hanging.
        if [ -t 0 ]; then sudo -- bash "$here/install.sh" "${wanted[@]}"; else sudo -n -- bash "$here/install.sh" "${wanted[@]}"; fi
        return
    fi

    # Two installations at once would each keep the other's policy file as the original.
    exec 9>/run/lock/wallets-install.lock
    flock 9
    mapfile -t packages < <(missing_packages | tr ' ' '\n')
    [ ${#packages[@]} -gt 0 ] || return 0

    echo "installing ${packages[*]}" >&2
    before=$(listening_ports | grep -E "$default_ports" | sort -u || true)
    forbid_service_starts
    apt_install "${packages[@]}" 9>&-
    disable_services "${packages[@]}"
    after=$(listening_ports | grep -E "$default_ports" | sort -u || true)
    if [ "$before" != "$after" ]; then
        echo "the installation started a server by itself; ports before: ${before:-none}, after: ${after:-none}" | tr '\n' ' ' >&2
        return 1
    fi
    echo "installed ${packages[*]}; no server was started" >&2
}

main "$@"
