-- Part of the read model: words that people sort things by, and what they say of transactions.
alter table wallets add column tags varchar[] not null default '{}';
alter table addresses add column tags varchar[] not null default '{}';

create table transaction_labels (
    owner_id   uuid not null,
    network    varchar collate "C" not null,
    txid       varchar collate "C" not null,
    label      varchar,
    tags       varchar[] not null,
    note       varchar,
    origin     varchar, -- BIP329: the abbreviated descriptor of the account it came from, as it was given
    changed_at timestamptz not null,
    primary key (owner_id, network, txid)
);

-- Records, not projections: tables of addresses that people sent, and what became of each row. A row without a verdict waits.
create table imports (
    import_id     uuid primary key,
    owner_id      uuid not null,
    key_id        uuid,
    wallets       uuid[],        -- the only wallets that the key may use; null for all of the owner's
    kind          varchar not null, -- addresses, or labels as BIP329 has them
    dry_run       boolean not null,
    created_at    timestamptz not null,
    total         int not null,
    imported      int not null default 0,
    present       int not null default 0,
    refused       int not null default 0,
    finished_at   timestamptz,
    claimed_until timestamptz not null default '-infinity'
);
create index imports_of_owner on imports (owner_id, import_id);
create index imports_open on imports (created_at) where finished_at is null;
create index imports_finished on imports (finished_at) where finished_at is not null;

-- Of a refused row only where it stands and why is kept: it may hold what must not be kept.
create table import_rows (
    import_id  uuid not null references imports on delete cascade,
    line       int not null,
    kind       varchar,          -- of a label: addr or tx
    wallet     varchar,          -- as the row names it: a label or an id
    network    varchar,
    address    varchar,          -- or a transaction's id
    label      varchar,
    tags       varchar[],
    note       varchar,
    origin     varchar,
    verdict    varchar,
    code       varchar,
    detail     varchar,
    pointer    varchar,
    wallet_id  uuid,
    address_id uuid,
    primary key (import_id, line)
);
create index import_rows_waiting on import_rows (import_id, line) where verdict is null;
create index import_rows_by_verdict on import_rows (import_id, verdict, line);
create index import_rows_wallet on import_rows (wallet_id) where wallet_id is not null;
