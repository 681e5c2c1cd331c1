-- Accounts whose histories are part of an address's and which no provider lists any more, as they were learnt from the
-- history: whoever goes on with it in the middle, in another process or with another provider, has to know them.
create table past_accounts (
    network      varchar not null,
    address      varchar not null,
    account      varchar not null,
    until_height bigint not null, -- where it was seen to end
    from_height  bigint,          -- where it was made; null while nobody has read so far down
    primary key (network, address, account, until_height)
);
