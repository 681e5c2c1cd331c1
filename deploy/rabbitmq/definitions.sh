#!/usr/bin/env bash
# Prints who may do what at the broker, as definitions that RabbitMQ imports with every start: an account for each service,
# one that only looks, and the operators' administrator. Nobody else knows these rules.
#
#   definitions.sh            passwords by the environment: RABBITMQ_PASSWORD (admin), WALLETS_RABBITMQ_PASSWORD,
#                             SYNC_RABBITMQ_PASSWORD, PORTFOLIO_RABBITMQ_PASSWORD, MONITOR_RABBITMQ_PASSWORD; letters and
#                             digits only. VHOST: the virtual host (wallets)
set -euo pipefail

vhost=${VHOST:-wallets}

# The exchanges of contracts by who says them (building-blocks/Contracts); a test compares.
of_wallets='Contracts:(WalletCreated|WalletRenamed|WalletTagged|AddressImported|AddressLabelled|AddressTagged|AddressRemoved|WalletDeleted'
of_wallets+='|TransactionLabelled|SyncRequested|SyncCancelRequested)'
of_sync='Contracts:(LedgerTracked|LedgerUntracked|LedgerClosed|BalanceReported|LedgerWalkStarted|LedgerWalkCompleted|TransactionsObserved'
of_sync+='|TransactionsPending|TransactionReplaced|TransactionDropped|TransactionsPlaced'
of_sync+='|MovementsAdded|TransactionsOrphaned|TransactionsConfirmed|BalanceReconciled|AssetDescribed|LedgerFellBehind'
of_sync+='|LedgerCaughtUp|ChainTipAdvanced|BudgetAlerted|WalletSyncStarted|WalletSyncWaiting|WalletSyncCompleted|WalletSyncFailed|WalletSyncCancelled)'

# Its queues, each with an exchange of the same name, and the exchanges of its own messages.
wallets='wallets-.*'
sync='(sync|wallet-sync|fetch)-.*|Sync[.A-Za-z]*:.*'
portfolio='portfolio-.*'

comma=''

# user NAME PASSWORD_VARIABLE TAGS
user() {
    [[ ${!2:-} =~ ^[A-Za-z0-9]+$ ]] || { echo "$2 is missing, or has more than letters and digits" >&2; exit 1; }
    printf '%s\n    {"name": "%s", "password": "%s", "tags": [%s]}' "$comma" "$1" "${!2}" "$3"
    comma=,
}

# may NAME CONFIGURE WRITE READ: each the names' whole pattern.
may() {
    printf '%s\n    {"user": "%s", "vhost": "%s", "configure": "^(%s)$", "write": "^(%s)$", "read": "^(%s)$"}' \
        "$comma" "$1" "$vhost" "$2" "$3" "$4"
    comma=,
}

printf '{\n  "users": ['
user admin RABBITMQ_PASSWORD '"administrator"'
user wallets WALLETS_RABBITMQ_PASSWORD ''
user sync SYNC_RABBITMQ_PASSWORD ''
user portfolio PORTFOLIO_RABBITMQ_PASSWORD ''
user monitor MONITOR_RABBITMQ_PASSWORD '"monitoring"'
printf '\n  ],\n  "vhosts": [{"name": "%s"}],\n  "permissions": [' "$vhost"
comma=''
may admin '.*' '.*' '.*'
# Who hears a contract declares its exchange as well, since whoever is first finds none.
may wallets "$wallets|$of_wallets|$of_sync" "$wallets|$of_wallets" "$wallets|$of_sync"
may sync "$sync|$of_sync|$of_wallets" "$sync|$of_sync" "$sync|$of_wallets"
may portfolio "$portfolio|$of_wallets|$of_sync" "$portfolio" "$portfolio|$of_wallets|$of_sync"
may monitor '' '' ''
printf '\n  ]\n}\n'
