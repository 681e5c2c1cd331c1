-- A block's name used to be asked for without the block's time. Who told a transaction without its block at times told
-- first-seen times only, so the names of his transactions are asked for once more, with their times.
do $$
begin
    if exists (select from ledger_transactions where block_hash is null) then
        update ledger_transactions t set block_hash = null
        from (
            select distinct on (stream_id, txid) stream_id, txid, provider
            from (select stream_id, version, data #>> '{Transaction,Txid}' as txid, data #>> '{Transaction,Provider}' as provider
                  from mt_events where type = 'transaction_observed') observed
            order by stream_id, txid, version desc) last
        where last.stream_id = 'ledger-' || t.ledger_id and last.txid = t.txid and t.block_hash is not null and not t.orphaned
          and last.provider in (
            select distinct data #>> '{Transaction,Provider}' from mt_events
            where type = 'transaction_observed' and data #>> '{Transaction,BlockHash}' is null);
    end if;
end $$;

-- Transactions whose block nobody has named yet: their time is when a provider first saw them, until somebody tells the block's.
create index ledger_transactions_unnamed on ledger_transactions (ledger_id, height) where block_hash is null and not orphaned;
