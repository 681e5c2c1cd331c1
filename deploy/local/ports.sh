# shellcheck shell=bash
# Which ports are free, and who holds the others. Sourced. Reads /proc, so it needs no tool and opens no connection.

# listening_ports: every port something on this machine listens on, one a line.
listening_ports() {
    local line hex
    while read -r _ line _ hex _; do
        [ "$hex" = 0A ] && printf '%d\n' "0x${line##*:}"
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# port_taken PORT
port_taken() {
    local wanted
    printf -v wanted ':%04X' "$1"
    # The colon keeps the match on a whole port; 0A is the state LISTEN.
    grep -qE "^ *[0-9]+: [0-9A-F]+$wanted [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# port_owner PORT: the process that listens there, as far as this user may look.
port_owner() {
    local wanted inode link pid
    printf -v wanted ':%04X' "$1"
    inode=$(grep -hE "^ *[0-9]+: [0-9A-F]+$wanted [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk 'NR == 1 { print $10 }')
    [ -n "$inode" ] || return 0
    # One process for all of them: a machine may have ten thousand open files.
    link=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    if [ -n "$link" ]; then
        pid=${link#/proc/}
        pid=${pid%%/*}
        printf '%s, process %s' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
        return 0
    fi
    printf 'a process of another user'
}

# Servers listen on a port seconds after it was chosen. Until then a link to their folder says that it is taken.
port_claims=${TMPDIR:-/tmp}/wallets-ports-$(id -u)

# free_port PLACE: one nobody listens on or has chosen for another folder, below the range the kernel hands to outgoing connections. The tests' programs choose
# theirs above 23000, so that none takes the place of a server that is only stopped for a moment.
free_port() {
    mkdir -p "$port_claims"
    # One after the other: a claim that looks forgotten could else be made anew between the look and its removal.
    (
        flock 9
        for _ in {1..200}; do
            port=$((20000 + RANDOM % 3000))
            ! port_taken "$port" || continue
            # Whose folder is gone, claims nothing any more.
            [ -e "$port_claims/$port" ] || rm -f "$port_claims/$port"
            ln -sT "$1" "$port_claims/$port" 2>/dev/null || continue
            echo "$port"
            exit 0
        done
        echo "no free port between 20000 and 23000" >&2
        exit 1
    ) 9>"$port_claims/.lock"
}

# forget_ports PLACE: what was chosen for a folder is free again.
forget_ports() { [ ! -d "$port_claims" ] || find "$port_claims" -lname "$1" -delete 2>/dev/null || true; }

# require_port NAME PORT: fails and names the port, its holder and the variable that moves it. A server that was killed just
# now, or a look at what is free, may hold it for a moment.
require_port() {
    local owner
    for _ in {1..75}; do
        port_taken "$2" || return 0
        owner=$(port_owner "$2")
        [ -z "$owner" ] || break
        sleep 0.2
    done
    echo "port $2 is taken by $owner; free it or choose another with $1=<port>" >&2
    return 1
}
