-- Clusters are counted from the transactions in which several addresses spent. Most were spent by one, and need not be looked at.
create index transaction_details_shared on transaction_details (ledger_id, txid) where jsonb_array_length(senders) > 1;
