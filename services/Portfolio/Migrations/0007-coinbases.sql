-- Which transactions of an address are coinbases, so that balances need not look through all its young ones.
create index transaction_details_coinbases on transaction_details (ledger_id, txid) where coinbase;
