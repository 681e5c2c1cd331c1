-- Part of the read model. A session is a key that was made from another key, or from a log-in link, for some hours.
alter table api_keys add column session_of uuid;

-- What lets its user in once, in place of a key.
create table login_links (
    link_id uuid primary key,
    user_id uuid not null,
    hash    varchar not null
);
create unique index login_links_hash on login_links (hash);

-- What a user shows to others who have no key. No wallets means all of the user's, whenever they are made.
create table shares (
    share_id   uuid primary key,
    owner_id   uuid not null,
    label      varchar not null,
    hash       varchar not null,
    wallet_ids uuid[],
    shows      varchar not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
create unique index shares_hash on shares (hash);
create index shares_owner on shares (owner_id, share_id);
