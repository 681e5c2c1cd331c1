-- Transactions that wait for a block, by the coins they spend: whoever spends one of these instead replaces them. What has
-- ended is kept for a while for its incarnation.
create table pending_transactions (
    ledger_id    uuid not null references ledgers (ledger_id) on delete cascade,
    txid         varchar not null,
    incarnation  int not null,
    state        varchar not null, -- waiting, observed, replaced or dropped
    spent        varchar[] not null,
    seen_at      timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (ledger_id, txid)
);
create index pending_transactions_waiting on pending_transactions (ledger_id) where state = 'waiting';
