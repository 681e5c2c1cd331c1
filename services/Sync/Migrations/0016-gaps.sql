-- Transactions of an address that are listed and cannot be read: which, by whom, and why. Asked for again at a slow pace.
create table ledger_gaps (
    ledger_id  uuid not null references ledgers (ledger_id) on delete cascade,
    txid       varchar not null,
    height     bigint not null,
    provider   varchar not null,
    reason     varchar not null,
    seen_round bigint not null,
    tries      int not null default 0,
    retry_at   timestamptz not null,
    primary key (ledger_id, txid)
);

-- The newest transaction that said how an asset is divided: contracts change it, and an older word must not change it back.
alter table assets add height bigint;
