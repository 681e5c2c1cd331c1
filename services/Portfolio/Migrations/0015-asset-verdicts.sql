-- What a user says of an asset against what it is marked as; a record.
create table asset_verdicts (
    user_id    uuid not null,
    asset      text collate "C" not null,
    verdict    text not null check (verdict in ('trusted', 'spam')),
    decided_at timestamptz not null default now(),
    primary key (user_id, asset)
);
