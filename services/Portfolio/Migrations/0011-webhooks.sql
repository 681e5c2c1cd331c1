-- Records, not projections: nothing here could be made again.
create table webhooks (
    webhook_id       uuid primary key,
    user_id          uuid not null,
    url              text not null,
    label            text,
    secret           bytea not null,
    old_secret       bytea, -- signs beside the other until then
    old_secret_until timestamptz,
    types            text[], -- null: all
    wallets          uuid[], -- null: all
    minimums         jsonb not null default '{}', -- asset: the least amount worth sending, in base units
    confirmations    int not null default 0,
    created_at       timestamptz not null,
    after_seq        bigint not null, -- messages up to this number of the user's feed are not sent by themselves
    reached_seq      bigint not null, -- up to here they were put in line; behind it lies what came while it was disabled
    disabled_at      timestamptz,
    disabled_because text,
    failing_since    timestamptz, -- the first failure since the last success
    last_at          timestamptz,
    last_status      int,
    last_error       text
);
create index webhooks_of_user on webhooks (user_id, webhook_id);

-- How far this service's own log was read for messages to send.
create table webhook_tail (
    singleton boolean primary key default true check (singleton),
    read_to   bigint not null default 0
);
insert into webhook_tail default values;

-- What is to be sent and what was: never changed into another one, sending again makes another row. The message itself stands in the
-- user's feed at seq; only a test has its own.
create table webhook_deliveries (
    delivery_id uuid primary key,
    webhook_id  uuid not null,
    user_id     uuid not null,
    event_id    uuid not null,
    seq         bigint,
    type        text not null,
    wallet_id   uuid,
    origin      text not null, -- feed, replay, resend, test
    lane        smallint not null, -- 0 what just happened, 1 what waits already
    state       text not null default 'waiting', -- waiting, delivered, failed, dropped
    attempts    int not null default 0,
    due_at      timestamptz not null,
    created_at  timestamptz not null,
    done_at     timestamptz,
    body        text
);
create unique index webhook_deliveries_once on webhook_deliveries (webhook_id, event_id) where origin = 'feed';
create index webhook_deliveries_due on webhook_deliveries (webhook_id, lane, due_at, seq) where state = 'waiting';
create index webhook_deliveries_listed on webhook_deliveries (webhook_id, delivery_id);
create index webhook_deliveries_of_wallet on webhook_deliveries (wallet_id) where wallet_id is not null;
create index webhook_deliveries_done on webhook_deliveries (done_at) where done_at is not null;

create table webhook_attempts (
    delivery_id uuid not null references webhook_deliveries on delete cascade,
    attempt     int not null,
    at          timestamptz not null,
    url         text not null,
    latency_ms  int not null,
    status      int, -- null where none came
    error       text,
    response    text, -- its beginning
    primary key (delivery_id, attempt)
);

-- Messages of the past that are put in line again, page by page.
create table webhook_replays (
    replay_id  uuid primary key,
    webhook_id uuid not null,
    next_seq   bigint not null,
    to_seq     bigint not null,
    queued     bigint not null default 0,
    created_at timestamptz not null,
    touched_at timestamptz not null, -- when a page of it was put in line last: all are served in turn
    done_at    timestamptz
);
create index webhook_replays_open on webhook_replays (touched_at) where done_at is null;
create index webhook_replays_of_webhook on webhook_replays (webhook_id);

-- As in the other services; request is a hash of it.
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
