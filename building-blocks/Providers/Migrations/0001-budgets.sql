-- Budgets of requests, one for each account at a provider, shared by all processes (ADR 0019). A service that had these tables before this
-- series began keeps them.
create table if not exists budgets (
    budget         varchar primary key,
    -- The latest time anybody came with: a clock that was put back makes the budget stand still, not begin anew.
    seen_at        timestamptz not null,
    -- From when the next request may be sent.
    next_slot      timestamptz not null,
    -- When the provider last refused, and the requests a second at which it did.
    throttled_at   timestamptz,
    throttled_rate double precision
);

-- Requests charged, by stretches of time: a minute of an hour, a quarter of an hour of a day, six hours of a month.
create table if not exists budget_charges (
    budget varchar not null,
    span   varchar not null,
    bucket bigint not null,
    used   bigint not null,
    primary key (budget, span, bucket)
);

create table if not exists provider_pauses (
    provider     varchar primary key,
    paused_until timestamptz not null,
    reason       varchar not null
);

-- What was asked of providers, counted beside the budgets and stored every few seconds.
create table if not exists provider_usage (
    day      date not null,
    budget   varchar not null,
    provider varchar not null,
    network  varchar not null,
    kind     varchar not null,
    outcome  varchar not null,
    requests bigint not null,
    primary key (day, budget, provider, network, kind, outcome)
);
