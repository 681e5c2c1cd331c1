-- What a transaction of an account was told in: {"list asset": ["signed amount", …]}, so that what is told later is known
-- from what is told again. Null where a provider tells a transaction as a whole.
alter table ledger_transactions add parts jsonb;

-- By how much of the native asset a later reading of the transaction differs from the one kept; null where none does.
alter table ledger_transactions add disputed numeric(78, 0);
create index ledger_transactions_disputed on ledger_transactions (ledger_id) where disputed is not null and not orphaned;
