-- Not every provider names the block of a transaction.
alter table transaction_details alter column block_hash drop not null;
