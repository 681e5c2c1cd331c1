-- What a transaction of an account was told in: {"list asset": ["signed amount", …]}, so that what is told later is known
-- from what is told again. Null where a provider tells a transaction as a whole.
alter table ledger_transactions add parts jsonb;

-- By how much of the native asset a later reading of the transaction differs from the one kept; null where none does.
alter table ledger_transactions add disputed numeric(78, 0);
create index ledger_transactions_disputed on ledger_transactions (ledger_id) where disputed is not null and not orphaned;

-- What came to an address by no transaction, by class: what is too deep to be reorganised away, and what is younger.
create table ledger_untold (
    ledger_id uuid not null,
    class     varchar not null,
    settled   numeric(78, 0) not null,
    young     numeric(78, 0) not null,
    primary key (ledger_id, class)
);

-- Down to where that is settled, and the difference of balances that was last asked about: the same one is asked about once.
alter table ledgers add untold_height bigint not null default -1, add untold_for numeric(78, 0);
