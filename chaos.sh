#!/usr/bin/env bash
# Ten minutes in which everything breaks at random under load, and the proof that nothing was lost (docs/reliability.md).
#
#   ./chaos.sh [SECONDS] [SEED]
set -euo pipefail

case ${1:-600} in
    *[!0-9]*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bash "$root/deploy/local/install.sh" chaos
export CHAOS_SECONDS=${1:-600} CHAOS_SEED=${2:-}
exec "$root/test.sh" Whole.Kills.Chaos
