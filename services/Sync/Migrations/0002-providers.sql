-- A round belongs to the provider that tells it. Where another goes on, switch_height is the block at which the two meet:
-- what stands there or above may be told again.
alter table walks
    add column provider varchar,
    add column switch_height bigint,
    -- Where the name of a block that somebody told could not be confirmed in this round: nothing from there on is settled.
    add column doubted_height bigint,
    -- How many newer transactions stood above the place, for providers that are asked by number.
    add column cursor_newer bigint not null default 0,
    add column anchor_newer bigint not null default 0;
update walks set cursor_newer = round_seen, anchor_newer = round_seen;

-- Not every provider names the block of a transaction.
alter table ledger_transactions alter column block_hash drop not null;
