-- Who owns a wallet, for the questions its owner may ask here.
create table wallets (
    wallet_id uuid primary key,
    owner_id  uuid not null
);

-- The truth about one (network, address) while anyone tracks it. A closed ledger leaves no row.
create table ledgers (
    ledger_id        uuid primary key,
    network          varchar not null,
    address          varchar not null,
    opened_at        timestamptz not null,
    -- What is known. Everything at or below settled_height is known and too deep to be reorganised away;
    -- null until a walk has reached the oldest transaction.
    settled_height   bigint,
    tip_height       bigint,
    tip_hash         varchar,
    derived          numeric(78, 0) not null default 0,
    derived_count    bigint not null default 0,
    reported         numeric(78, 0),
    reported_pending numeric(78, 0),
    reported_count   bigint,
    verdict          varchar,
    verdict_height   bigint,
    verdict_at       timestamptz,
    -- The difference that a repair walk has already been tried for, so that the same one burns no more budget.
    repaired_for     varchar,
    -- What is to do: a check is wanted while wanted_at is past checked_at.
    wanted_at        timestamptz not null,
    checked_at       timestamptz,
    unique (network, address)
);

create table ledger_trackers (
    ledger_id  uuid not null references ledgers (ledger_id),
    wallet_id  uuid not null,
    address_id uuid not null,
    primary key (ledger_id, wallet_id, address_id)
);
create index ledger_trackers_wallet on ledger_trackers (wallet_id);
create unique index ledger_trackers_address on ledger_trackers (address_id);

-- Where each transaction of a ledger stands. Written in the transaction that appends its events.
-- No foreign key: rows are only written under the lock of their ledger's row, and the check would cost each of them a look-up.
create table ledger_transactions (
    ledger_id   uuid not null,
    txid        varchar not null,
    height      bigint not null,
    block_hash  varchar not null,
    delta       numeric(78, 0) not null,
    incarnation int not null default 0,
    orphaned    boolean not null default false,
    confirmed   boolean not null default false,
    seen_round  bigint not null,
    primary key (ledger_id, txid)
);
-- The young ones, which every re-check reads, and those that wait for their confirmations.
create index ledger_transactions_height on ledger_transactions (ledger_id, height);
create index ledger_transactions_young on ledger_transactions (ledger_id) where not confirmed and not orphaned;

-- A ledger's walk, at most one at a time: its cursor, and the slice in hand.
create table walks (
    ledger_id      uuid primary key references ledgers (ledger_id),
    walk_no        bigint not null,
    wallet_id      uuid not null,
    active         boolean not null,
    trigger        varchar not null,
    started_at     timestamptz not null,
    -- The slice last claimed, its state (queued, running, done), and what it was answered with.
    slice          int not null default 0,
    slice_done     boolean not null default true,
    answer         jsonb,
    fence          bigint not null default 0,
    leased_until   timestamptz not null,
    retry_at       timestamptz,
    failures       int not null default 0,
    reason         varchar,
    -- The round under way: which history it reads, from which tip, down to which height, and how far it is.
    kind           varchar,
    round          bigint not null default 0,
    rounds         int not null default 0,
    start_height   bigint,
    start_hash     varchar,
    floor_height   bigint,
    expected_count bigint,
    cursor_height  bigint,
    cursor_txid    varchar,
    anchor_height  bigint,
    anchor_txid    varchar,
    pages_done     boolean not null default false,
    round_seen     bigint not null default 0,
    pages          bigint not null default 0,
    requests       bigint not null default 0,
    found          bigint not null default 0
);
create index walks_wallet on walks (wallet_id) where active;

create table chain_tips (
    network varchar primary key,
    height  bigint not null,
    hash    varchar not null,
    at      timestamptz not null,
    -- Since when providers name only lower tips.
    lower_since timestamptz
);

create table provider_pauses (
    provider     varchar primary key,
    paused_until timestamptz not null,
    reason       varchar not null
);

-- The newest blocks that were seen as a tip, to tell a provider that lags from a chain that was reorganised.
create table chain_blocks (
    network varchar not null,
    height  bigint not null,
    hash    varchar not null,
    primary key (network, height)
);

-- The saga of each wallet that has or had addresses.
select create_saga_table('wallet_syncs');
