#!/usr/bin/env bash
# Prints the Secrets that deploy/k8s refers to, made of a file as deploy/make-env.sh makes it; nothing is stored.
#
#   deploy/make-env.sh FILE
#   deploy/k8s/secrets.sh dev | production FILE | kubectl apply -f -
#   deploy/k8s/secrets.sh managed FILE | kubectl apply -f -
#
# managed: FILE also says where the provider's servers are: WALLETS_DATABASE, SYNC_DATABASE, PORTFOLIO_DATABASE (connection strings),
# WALLETS_RABBITMQ, SYNC_RABBITMQ, PORTFOLIO_RABBITMQ (amqps://account:password@…/wallets, each with an account as
# deploy/rabbitmq/definitions.sh describes it), RABBITMQ_MANAGEMENT (https://monitor:password@host, for KEDA).
set -euo pipefail

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
[ $# = 2 ] && [ -r "$2" ] || usage
overlay=$1 file=$2
namespace=${NAMESPACE:-wallets}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
accounts=(RABBITMQ_PASSWORD WALLETS_RABBITMQ_PASSWORD SYNC_RABBITMQ_PASSWORD PORTFOLIO_RABBITMQ_PASSWORD MONITOR_RABBITMQ_PASSWORD)

# value NAME: what the file says; it is not sourced, since connection strings have blanks and semicolons.
value() {
    local found
    found=$(grep -m 1 "^$1=." "$file") || { echo "$1 is missing in $file" >&2; return 1; }
    printf '%s' "${found#*=}"
}

# secret NAME TYPE KEY VALUE [KEY VALUE]…
secret() {
    local text
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ntype: %s\nstringData:\n' "$1" "$namespace" "$2"
    shift 2
    while [ $# -gt 0 ]; do
        text=${2//\\/\\\\} text=${text//\"/\\\"} text=${text//$'\n'/\\n}
        printf '  %s: "%s"\n' "$1" "$text"
        shift 2
    done
}

# host SERVICE: where its database is.
host() { if [ "$overlay" = dev ]; then echo postgres; else echo "$1-database-rw"; fi; }

case $overlay in
    dev | production)
        for account in "${accounts[@]}"; do
            password=$(value "$account")
            export "$account=$password"
        done
        definitions=$("$here/../rabbitmq/definitions.sh")
        # As RabbitMQ's operator wants it; "management" is what KEDA asks, with the account that may only look.
        secret rabbitmq Opaque username admin password "$RABBITMQ_PASSWORD" \
            default_user.conf "default_user = admin"$'\n'"default_pass = $RABBITMQ_PASSWORD" \
            host "rabbitmq.$namespace.svc" port 5672 provider rabbitmq type rabbitmq \
            management "http://monitor:$MONITOR_RABBITMQ_PASSWORD@rabbitmq.$namespace.svc:15672"
        secret rabbitmq-definitions Opaque definitions.json "$definitions"
        if [ "$overlay" = dev ]; then
            password=$(value POSTGRES_PASSWORD)
            secret postgres Opaque superuser "$password"
        fi
        ;;
    managed)
        management=$(value RABBITMQ_MANAGEMENT)
        secret rabbitmq Opaque management "$management"
        ;;
    *) usage ;;
esac

for service in wallets sync portfolio; do
    key=$(value "${service^^}_KEY")
    if [ "$overlay" = managed ]; then
        database=$(value "${service^^}_DATABASE")
        uri=$(value "${service^^}_RABBITMQ")
    else
        password=$(value "${service^^}_DATABASE_PASSWORD")
        account=${service^^}_RABBITMQ_PASSWORD
        uri=amqp://$service:${!account}@rabbitmq:5672/wallets
        secret "$service-database" kubernetes.io/basic-auth username "$service" password "$password"
        database="Host=$(host "$service");Database=$service;Username=$service;Password=$password;Maximum Pool Size=40"
    fi
    secret "$service" Opaque private-key "$key" database "$database" rabbitmq "$uri"
done
key=$(value GATEWAY_KEY)
secret gateway Opaque private-key "$key"
