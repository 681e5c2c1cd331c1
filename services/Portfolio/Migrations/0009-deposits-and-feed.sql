-- Source "sync". What waits for a block, and how such waiting ended; a transaction that is observed in a block has no rows here.
create table pending_transactions (
    ledger_id   uuid not null,
    txid        text collate "C" not null,
    asset       text collate "C" not null,
    delta       numeric(78, 0) not null,
    fee         numeric(78, 0) not null,
    provider    text not null,
    senders     jsonb not null, -- as those of transaction_details
    receivers   jsonb not null,
    seen_at     timestamptz not null,
    incarnation int not null,
    state       text not null default 'pending', -- or 'replaced', 'dropped'
    ended_at    timestamptz,
    replaced_by text,
    primary key (ledger_id, txid, asset)
);

-- What lay in the chain up to here when the address was imported is no news.
alter table ledger_trackers add anchor_height bigint;

-- From here on records, which no rebuild makes: what was told, and what is still to be looked at.

-- One for each address of a wallet, transaction and asset, as it was told last. Those that lay in the chain when the address was imported
-- are here too; nothing was told of them.
create table deposits (
    deposit_id    uuid primary key,
    user_id       uuid not null,
    wallet_id     uuid not null,
    address_id    uuid not null,
    ledger_id     uuid not null,
    network       text not null,
    address       text not null,
    txid          text collate "C" not null,
    asset         text collate "C" not null,
    amount        numeric(78, 0) not null,
    status        text not null,
    confirmations bigint not null,
    required      int not null,
    height        bigint,
    block_hash    text,
    replaced_by   text,
    first_seen    timestamptz not null,
    updated_at    timestamptz not null,
    completed_at  timestamptz,
    last_message  uuid, -- the event that told it last
    completion    uuid  -- the event that told its completion
);
create index deposits_of_address on deposits (address_id, first_seen, deposit_id);
create index deposits_of_address_unsettled on deposits (address_id, first_seen, deposit_id) where status <> 'completed';
create index deposits_of_transaction on deposits (ledger_id, txid);
create index deposits_counting on deposits (network, deposit_id) where status = 'processing';

-- What was told of balances. The first is told to nobody: it is what the import came to.
create table told_balances (
    address_id   uuid not null,
    asset        text collate "C" not null,
    confirmed    numeric not null,
    pending      numeric not null,
    verdict      text,
    last_message uuid,
    primary key (address_id, asset)
);

-- How far the deposits of an address's history are made; 'done' once they all are, and its balances known as they were then.
create table address_imports (
    address_id uuid primary key,
    wallet_id  uuid not null,
    ledger_id  uuid not null,
    done       boolean not null default false,
    tenths     int not null default 0, -- of the history, as told while it is read
    height     bigint, -- the last one made, from the newest to the oldest
    position   int,
    txid       text collate "C",
    asset      text collate "C"
);
create index address_imports_of_wallet on address_imports (wallet_id);
create index address_imports_of_ledger on address_imports (ledger_id);
create index address_imports_open on address_imports (address_id) where not done;

-- A transaction of a ledger, or all its balances (txid ''), that may be other than they were told.
create table feed_marks (
    ledger_id uuid not null,
    txid      text collate "C" not null,
    marked_at timestamptz not null default now(),
    next_try  timestamptz not null default '-infinity',
    primary key (ledger_id, txid)
);
create index feed_marks_waiting on feed_marks (next_try, marked_at);

-- Facts that are told as they are, until they are.
create table feed_facts (
    id        uuid primary key,
    wallet_id uuid not null,
    kind      text not null,
    data      jsonb not null,
    position  bigint not null, -- in the source's log
    marked_at timestamptz not null default now(),
    next_try  timestamptz not null default '-infinity'
);
create index feed_facts_of_wallet on feed_facts (wallet_id);
create index feed_facts_waiting on feed_facts (next_try, position);

-- A deleted wallet with its owner, or an address that nobody tracks any more under that id: what was told of it is to go.
create table feed_goings (
    id        uuid primary key,
    owner_id  uuid,
    reached   bigint not null default 0, -- up to this number of its owner's feed nothing of it is left
    marked_at timestamptz not null default now()
);

-- The service's connections plan for look-ups by key; here everything is read once.
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local enable_mergejoin = on;

-- Of what is known already nobody is told.
update ledger_trackers t
set anchor_height = greatest(l.walked_height, (select max(b.reported_height) from balances b where b.ledger_id = l.ledger_id))
from ledgers l where l.ledger_id = t.ledger_id;

insert into address_imports (address_id, wallet_id, ledger_id) select address_id, wallet_id, ledger_id from ledger_trackers where not ended;
