-- Records, not projections: who told a price once may not tell it again.

-- What one whole coin cost in US dollars at the end of a day (UTC), kept for ever. at: of when the price is.
create table daily_prices (
    asset  text collate "C" not null,
    day    date not null,
    usd    numeric not null check (usd > 0),
    source text not null,
    at     timestamptz not null,
    primary key (asset, day)
);

-- The latest price of each day: today's is what today is valued by, an earlier one stands in until the day's closing is told.
create table latest_prices (
    asset    text collate "C" not null,
    day      date not null,
    usd      numeric not null check (usd > 0),
    source   text not null,
    at       timestamptz not null,
    asked_at timestamptz not null,
    primary key (asset, day)
);

-- What could not be had, so that nobody asks in vain: closings of these days, or the latest price where there are no days.
create table price_gaps (
    asset    text collate "C" not null,
    from_day date,
    to_day   date,
    reason   text not null,
    tries    int not null,
    next_try timestamptz not null,
    check ((from_day is null) = (to_day is null) and from_day <= to_day)
);
create index price_gaps_of_asset on price_gaps (asset, from_day);

-- How much of a currency one euro was, by the bank's fixing of that day.
create table exchange_rates (
    currency text collate "C" not null,
    day      date not null,
    per_euro numeric not null check (per_euro > 0),
    primary key (currency, day)
);

-- How each source last answered.
create table price_sources (
    source      text primary key,
    answered_at timestamptz,
    failed_at   timestamptz,
    failure     text
);

-- What a user says an asset costs, from a day to another, or for good.
create table manual_prices (
    price_id uuid primary key,
    user_id  uuid not null,
    asset    text collate "C" not null,
    currency text not null,
    value    numeric not null check (value > 0),
    from_day date not null,
    to_day   date,
    note     text,
    set_at   timestamptz not null,
    check (to_day >= from_day)
);
create index manual_prices_of_user on manual_prices (user_id, asset, price_id);
