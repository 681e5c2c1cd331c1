-- What a reading of the whole history tells of known transactions otherwise than their rows, kept until its round is concluded.
create table ledger_retold (
    ledger_id uuid not null references ledgers (ledger_id) on delete cascade,
    txid      varchar not null,
    round     bigint not null,
    told      jsonb not null,
    primary key (ledger_id, txid)
);
