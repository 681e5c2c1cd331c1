-- What the blocks of a node of one's own were found to hold of addresses, since such a node knows none: how far they were looked
-- through for each, the transactions that touch it, and its coins. A place moves in the transaction that stores what was found up to it.
create table node_scans (
    network      varchar not null,
    address      varchar not null,
    script       bytea not null,
    start_height bigint not null,
    height       bigint not null, -- everything up to here is known; below start_height at first
    hash         varchar,         -- that block's hash; null at first
    primary key (network, address)
);
create index node_scans_places on node_scans (network, height);

create table node_transactions (
    network    varchar not null,
    address    varchar not null,
    txid       varchar not null,
    height     bigint not null,
    position   int not null, -- in its block
    block_hash varchar not null,
    block_time timestamptz not null,
    primary key (network, address, txid),
    foreign key (network, address) references node_scans (network, address) on delete cascade
);
create index node_transactions_order on node_transactions (network, address, height, position);
create index node_transactions_ids on node_transactions (network, txid);

create table node_coins (
    network      varchar not null,
    txid         varchar not null,
    vout         int not null,
    address      varchar not null,
    value        bigint not null,
    height       bigint not null,
    block_hash   varchar not null,
    spent_by     varchar,
    spent_height bigint,
    primary key (network, txid, vout),
    foreign key (network, address) references node_scans (network, address) on delete cascade
);
create index node_coins_of on node_coins (network, address);
create index node_coins_unspent on node_coins (network, address) include (value) where spent_by is null;
