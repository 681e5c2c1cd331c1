-- What a transaction adds of assets other than the native one: {"asset": "signed amount"}. Null for most.
alter table ledger_transactions add others jsonb;

-- The sums of these, and what comparing them with a provider's balance came to. Amounts of tokens are what their makers
-- say, so sums may have any size.
create table ledger_assets (
    ledger_id     uuid not null,
    asset         varchar not null,
    derived       numeric not null,
    derived_count bigint not null,
    verdict       varchar,
    compared      numeric, -- the sum that the verdict is about
    compared_at   timestamptz,
    primary key (ledger_id, asset)
);
create index ledger_assets_to_compare on ledger_assets (ledger_id, compared_at nulls first) where compared is distinct from derived;

-- What providers say assets are called and divided into. The first word stands: a name that changes is a trap.
create table assets (
    asset    varchar primary key,
    network  varchar not null,
    symbol   varchar not null,
    decimals int not null,
    provider varchar not null
);
