-- The list over all wallets goes by time, and so does its one direction: three payments in a hundred thousand receipts are found without
-- reading the receipts.
create index transactions_by_direction_and_time on transactions (ledger_id, sign(delta), block_time);

-- How many were taken out of the chain, without reading those that were not.
create index transactions_orphaned on transactions (ledger_id) where orphaned;

-- Whether somebody who took part in a transaction is an address of one's own.
create index addresses_by_text on addresses (address);
