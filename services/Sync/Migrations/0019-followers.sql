-- Followers of blocks: the last block of each network that was read (or passed over, with every address asked for), and how
-- much of what touches an address its blocks tell.
create table followers (
    network      varchar primary key,
    height       bigint not null,
    hash         varchar not null,
    tip_height   bigint not null,
    coverage     varchar not null,
    advanced_at  timestamptz not null,
    caught_up_at timestamptz not null, -- when it last stood at the tip of a provider
    late_since   timestamptz,          -- the usual pace of checks holds since then
    asked_at     timestamptz           -- every address that was checked before is due
);

-- The tail of each follower, by which a fork is found.
create table follower_blocks (
    network varchar not null,
    height  bigint not null,
    hash    varchar not null,
    primary key (network, height)
);

-- When a block, or a provider's mempool, last told something of the address: it is due while that is past checked_at.
-- And where a reorganisation reached below what was settled: down to there it is not, until a walk that began after it is over.
alter table ledgers add touched_at timestamptz, add unsettled_above bigint;
