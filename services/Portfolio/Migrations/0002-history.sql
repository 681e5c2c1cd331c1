-- What was at any instant of the past. Block times go backwards in a chain, so sums over heights cannot tell; these are
-- sums over stretches of 16, 256 and 4096 days. What is older than a day is at most 15 days, 15 stretches of each of
-- the shorter lengths and all of the longest, of which a chain has one in eleven years.
create table balance_spans (
    ledger_id    uuid not null,
    asset        text collate "C" not null,
    level        smallint not null, -- bits of the day's number that the span covers: 4, 8, 12
    span         int not null,      -- days from 1970-01-01 to the block's time, UTC, >> level
    change       numeric not null,
    transactions bigint not null,
    lowest       bigint, -- of the heights ever seen in it: bounds that may be too wide after a reorganisation, never too narrow
    highest      bigint,
    primary key (ledger_id, asset, level, span)
);

alter table balance_days add lowest bigint, add highest bigint;

-- The service's connections plan for look-ups by key; here everything is read once.
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local enable_mergejoin = on;

update balance_days d set lowest = t.lowest, highest = t.highest
from (
    select ledger_id, asset, (block_time at time zone 'UTC')::date as day, min(height) as lowest, max(height) as highest
    from transactions group by 1, 2, 3) t
where d.ledger_id = t.ledger_id and d.asset = t.asset and d.day = t.day;

insert into balance_spans (ledger_id, asset, level, span, change, transactions, lowest, highest)
select ledger_id, asset, level, (day - date '1970-01-01') >> level, sum(change), sum(transactions), min(lowest), max(highest)
from balance_days cross join generate_series(4, 12, 4) level group by 1, 2, 3, 4;

-- The rest of a day.
create index transactions_by_time on transactions (ledger_id, block_time);

-- The list of one direction only: three payments in a hundred thousand receipts are found without reading the receipts.
create index transactions_by_direction on transactions (ledger_id, sign(delta), height, position, side, txid, asset);
