-- Part of the read model: whole wallets, and which addresses are theirs.
create table sources (
    source_id  uuid primary key,
    wallet_id  uuid not null,
    network    varchar not null,
    descriptor varchar not null,
    label      varchar,
    gap_limit  int not null,
    created_at timestamptz not null
);
create index sources_wallet on sources (wallet_id, source_id);

alter table addresses add column source_id uuid, add column branch int, add column number int;
create index addresses_of_source on addresses (source_id, branch, number) where source_id is not null;
create index addresses_of_sources on addresses (network, address) where source_id is not null;

-- Records, not projections: what Sync told of each address that anybody tracks, until nobody does.
create table told_addresses (
    network   varchar not null,
    address   varchar not null,
    ledger_id uuid not null,
    used      boolean not null default false, -- something was ever seen to be paid to it, in a block or not
    looked_at boolean not null default false, -- its history was read to the end
    primary key (network, address)
);
create index told_addresses_ledger on told_addresses (ledger_id);

-- Sources whose addresses are to be compared with what was told. A mark that comes meanwhile raises the number.
create table sources_due (
    source_id uuid primary key,
    wallet_id uuid not null,
    marks     bigint not null default 1,
    since     timestamptz not null default now(),
    due_at    timestamptz not null default now(),
    reason    varchar
);
create index sources_due_at on sources_due (due_at);
