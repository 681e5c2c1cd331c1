-- Source "wallets": words that people sort things by, and what they say of transactions.
alter table wallets add column tags text[] not null default '{}';
alter table addresses add column tags text[] not null default '{}';

create table transaction_labels (
    owner_id uuid not null,
    network  text collate "C" not null,
    txid     text collate "C" not null,
    label    text,
    tags     text[] not null,
    note     text,
    primary key (owner_id, network, txid)
);
