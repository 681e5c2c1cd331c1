-- Rows of one table come from one source only, so the two sources' order relative to each other never matters: what is
-- told is stored, and reads join it. Nothing here has a clock or an id of its own; a replay makes the same rows.

-- Source "wallets".
create table wallets (
    wallet_id uuid primary key,
    owner_id  uuid not null,
    label     text not null
);
create index wallets_of_owner on wallets (owner_id);

create table addresses (
    address_id uuid primary key,
    wallet_id  uuid not null,
    network    text not null,
    address    text not null,
    label      text
);
create index addresses_of_wallet on addresses (wallet_id, address_id);

-- Source "sync". A ledger exists from LedgerTracked to LedgerClosed; facts about one that does not exist change nothing.
create table ledgers (
    ledger_id       uuid primary key,
    network         text not null,
    address         text not null,
    walk            text, -- the kind of the walk that runs, if one does
    first_walk_done boolean not null default false,
    walked_height   bigint,
    walked_hash     text,
    walked_at       timestamptz
);

-- A tracker that ended last stays, marked, until the ledger is closed: it says whose rows are still to go.
create table ledger_trackers (
    ledger_id  uuid not null,
    address_id uuid not null,
    wallet_id  uuid not null,
    ended      boolean not null default false,
    primary key (ledger_id, address_id)
);
create index ledger_trackers_of_address on ledger_trackers (address_id);
create index ledger_trackers_of_wallet on ledger_trackers (wallet_id);

-- The anchor is the last report before the first page arrived: what running balances are counted down from while the
-- first walk goes newest to oldest.
create table balances (
    ledger_id       uuid not null,
    asset           text collate "C" not null,
    reported        numeric,
    pending         numeric,
    reported_count  bigint,
    reported_height bigint,
    reported_hash   text,
    reported_at     timestamptz,
    provider        text,
    anchor          numeric,
    anchor_height   bigint,
    derived         numeric not null default 0,
    derived_count   bigint not null default 0,
    verdict         text,
    verified_height bigint,
    verified_hash   text,
    verified_at     timestamptz,
    differences     jsonb,
    primary key (ledger_id, asset)
);

-- Narrow on purpose: lists and sums read these rows, only a page's own rows are joined to their details.
create table transactions (
    ledger_id   uuid not null,
    txid        text collate "C" not null,
    asset       text collate "C" not null,
    height      bigint not null,
    position    int not null, -- 0 where the chain's providers do not all give it
    side        smallint not null generated always as (case when delta < 0 then 1 else 0 end) stored,
    delta       numeric(78, 0) not null,
    block_time  timestamptz not null,
    incarnation int not null,
    confirmed   boolean not null default false,
    orphaned    boolean not null default false,
    primary key (ledger_id, txid, asset)
);
create index transactions_in_order on transactions (ledger_id, height, position, side, txid, asset);

create table transaction_details (
    ledger_id  uuid not null,
    txid       text collate "C" not null,
    block_hash text not null,
    fee        numeric(78, 0) not null,
    coinbase   boolean not null,
    provider   text not null,
    senders    jsonb not null, -- [[address or null, "value"], ...]
    receivers  jsonb not null,
    primary key (ledger_id, txid)
);
alter table transaction_details alter column senders set compression lz4, alter column receivers set compression lz4;

create table balance_days (
    ledger_id    uuid not null,
    asset        text collate "C" not null,
    day          date not null, -- of the block's time, UTC
    change       numeric not null,
    transactions bigint not null,
    primary key (ledger_id, asset, day)
);

-- Sums over stretches of 16^n blocks. What is newer than a place is the sum of at most 15 stretches of each length and
-- the rest of one block, wherever in the history the place is. Days cannot serve here: block times go backwards.
create table balance_stretches (
    ledger_id    uuid not null,
    asset        text collate "C" not null,
    level        smallint not null, -- bits of the height that the stretch spans: 0, 4, 8, … 32
    stretch      bigint not null,   -- height >> level
    change       numeric not null,
    transactions bigint not null,
    primary key (ledger_id, asset, level, stretch)
);

create table chain_tips (
    network text primary key,
    height  bigint not null,
    hash    text not null
);
