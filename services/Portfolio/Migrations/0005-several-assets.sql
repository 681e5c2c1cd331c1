-- What assets are called and divided into, as Sync tells it; networks' own are in the catalogue. Anyone can make a token of
-- any name, so this is for showing amounts and never for telling assets apart.
create table assets (
    network  text not null,
    asset    text collate "C" not null,
    symbol   text not null,
    decimals int not null,
    primary key (network, asset)
);

-- The names of movements that were told after their transaction, so that none is added twice. Null for most.
alter table transaction_details add added text[];
