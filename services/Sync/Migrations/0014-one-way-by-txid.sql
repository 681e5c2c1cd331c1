-- A transaction is looked up by its ledger and txid for every page. While statistics were older than the ledger, the planner took
-- the ledger for a handful of rows and any index that begins with it for as good as the primary key: every look-up then read the
-- ledger from its top, five times the work of a page. An index with a condition that such a look-up has not is no choice for it.
create index ledger_transactions_standing on ledger_transactions (ledger_id, height) where not orphaned;
drop index ledger_transactions_height;
