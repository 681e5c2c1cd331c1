# shellcheck shell=bash
# Waiting, above all for processes that are not this shell's children. Sourced.

# wait_for SECONDS COMMAND...
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

is_gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
wait_gone() { wait_for "$2" is_gone "$1"; }
