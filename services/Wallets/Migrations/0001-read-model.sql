-- The read model: made of events only, in their transaction, and made again from the log by a rebuild.
create table users (
    user_id    uuid primary key,
    email      varchar not null,
    admin      boolean not null,
    created_at timestamptz not null
);
create unique index users_email on users (lower(email));

create table api_keys (
    key_id     uuid primary key,
    user_id    uuid not null,
    label      varchar not null,
    hash       varchar not null,
    scopes     varchar[] not null,
    wallet_ids uuid[],
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
create unique index api_keys_hash on api_keys (hash);
create index api_keys_user on api_keys (user_id, key_id);

create table wallets (
    wallet_id     uuid primary key,
    owner_id      uuid not null,
    label         varchar not null,
    address_count int not null,
    created_at    timestamptz not null
);
create index wallets_owner on wallets (owner_id, wallet_id);

create table addresses (
    address_id uuid primary key,
    wallet_id  uuid not null,
    network    varchar not null,
    address    varchar not null,
    label      varchar,
    created_at timestamptz not null
);
create unique index addresses_once on addresses (wallet_id, network, address);
create index addresses_wallet on addresses (wallet_id, address_id);

-- Records, not projections: they are no facts of the log and a rebuild leaves them alone.
create table api_key_uses (
    key_id       uuid primary key,
    last_used_at timestamptz not null
);

-- Deleted wallets that some service has not yet let go of.
create table erasures (
    wallet_id uuid primary key,
    since     timestamptz not null,
    next_try  timestamptz not null,
    attempts  int not null default 0,
    reason    varchar not null
);
create index erasures_next_try on erasures (next_try);
