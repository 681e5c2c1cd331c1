-- When a ledger's whole history was last read again because a token's balance had moved unseen; contracts may tell any
-- balance, so it is done once in a while only.
alter table ledgers add column read_again_at timestamptz;
