-- Records, not projections. Without a status the request is running, or was given up when claimed_until has passed.
-- request is a hash of it; wallet_id is whose answer this is, so that it goes with the wallet.
create table idempotency_keys (
    user_id       uuid not null,
    key           varchar not null,
    request       bytea not null,
    claim         uuid not null,
    claimed_until timestamptz not null,
    expires_at    timestamptz not null,
    status        int,
    location      varchar,
    body          bytea,
    wallet_id     uuid,
    primary key (user_id, key)
);
create index idempotency_keys_expires_at on idempotency_keys (expires_at);
create index idempotency_keys_wallet on idempotency_keys (wallet_id) where wallet_id is not null;
