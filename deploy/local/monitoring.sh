#!/usr/bin/env bash
# Debian's Prometheus beside the local system, with the alert rules of deploy/prometheus.
#
#   monitoring.sh run DIR PORT JOB=ADDRESS...   becomes Prometheus on 127.0.0.1:PORT, with its settings and data in DIR;
#                                               SCRAPE_EVERY: how often it asks, 5s unless said otherwise
#
# JOB is a service, told at /metrics of its ADDRESS (host:port), or rabbitmq.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

settings() {
    local target
    cat <<SETTINGS
global: { scrape_interval: ${SCRAPE_EVERY:-5s}, scrape_timeout: ${SCRAPE_EVERY:-5s}, evaluation_interval: ${SCRAPE_EVERY:-5s} }
rule_files: ['$root/deploy/prometheus/alerts.yml']
scrape_configs:
SETTINGS
    for target in "$@"; do
        echo "  - job_name: ${target%%=*}"
        # The broker tells of each queue at an address of its own; the containers' settings say the same.
        [ "${target%%=*}" != rabbitmq ] || sed -n '/job_name: rabbitmq/,$ { /metrics_path\|params/p }' "$root/deploy/prometheus/prometheus.yml"
        echo "    static_configs: [{ targets: ['${target#*=}'] }]"
    done
}

[ $# -gt 3 ] && [ "$1" = run ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2; }
folder=$2 listens=$3
shift 3
command -v prometheus >/dev/null || { echo "Prometheus is missing: deploy/local/install.sh prometheus" >&2; exit 1; }
mkdir -p "$folder"
settings "$@" >"$folder/prometheus.yml"
promtool check config "$folder/prometheus.yml" >"$folder/check.log" 2>&1 || { cat "$folder/check.log" >&2; exit 1; }
exec prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" --storage.tsdb.retention.time=15d \
    --web.listen-address="127.0.0.1:$listens" --log.level=warn
