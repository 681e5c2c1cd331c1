-- What providers told and no block can change any more (ADR 0024): public data of chains, no user's. It may be emptied at
-- any time; then it is asked again.

-- Pages of histories. One after a place deep in the chain is final and has no tip; any other is a fact of the tip at which
-- it was told, and goes within a day. Unlogged: a crash of the server empties it.
create unlogged table cached_pages (
    network    varchar not null,
    provider   varchar not null,
    address    varchar not null,
    after_txid varchar not null, -- empty for the newest page
    top        bigint not null,  -- the height of the place after which the page begins
    bottom     bigint not null,  -- of its last transaction
    tip_hash   varchar,
    format     smallint not null,
    body       bytea not null,
    stored_at  timestamptz not null default now(),
    used_on    date not null default current_date,
    primary key (network, provider, address, after_txid)
);
-- It is compressed already.
alter table cached_pages alter column body set storage external;
create index cached_pages_passing on cached_pages (stored_at) where tip_hash is not null;

-- Sums of addresses, each a fact of the tip between whose two tellings it stood.
create table cached_summaries (
    network     varchar not null,
    provider    varchar not null,
    address     varchar not null,
    tip_height  bigint not null,
    tip_hash    varchar not null,
    confirmed   numeric(78, 0) not null,
    pending     numeric(78, 0) not null,
    count       bigint,
    told_at     timestamptz not null,
    primary key (network, provider, address)
);
create index cached_summaries_of_address on cached_summaries (network, address, told_at);

-- Blocks below the safe depth, with their times.
create table cached_blocks (
    network   varchar not null,
    height    bigint not null,
    hash      varchar not null,
    time      timestamptz not null,
    provider  varchar not null,
    stored_at timestamptz not null default now(),
    primary key (network, height)
);

-- How often what was needed was there, by day.
create table cache_usage (
    day      date not null,
    network  varchar not null,
    provider varchar not null,
    kind     varchar not null,
    hits     bigint not null,
    misses   bigint not null,
    primary key (day, network, provider, kind)
);

-- Since when what is known of an address may be out of date because no provider answers; null while one does.
alter table ledgers add stale_since timestamptz;

-- Who differed first from what is known of an address, and what he claimed at which tip, until it is decided who is right;
-- and who told the sum that was verified last.
alter table ledgers
    add disputed   jsonb,
    add verdict_by varchar;

-- When the tips of all providers were compared last.
alter table chain_tips add compared_at timestamptz;

-- Providers that told something untrue, counted by who found them contradicted.
create table provider_contradictions (
    network  varchar not null,
    provider varchar not null,
    times    bigint not null,
    last_at  timestamptz not null,
    last_by  varchar not null,
    primary key (network, provider)
);

-- The last comparison with a second provider, and when the next one is due (ADR 0025).
alter table ledgers
    add cross_check     jsonb,
    add cross_check_due timestamptz;
