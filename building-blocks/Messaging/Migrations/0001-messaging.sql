-- Who may do what only one process may do at a time. The fence grows with every change of hands.
create table leases (
    name       varchar primary key,
    holder     varchar not null,
    fence      bigint not null,
    expires_at timestamptz not null
);

-- The publisher has read the log up to read_to; published_to is where its last contract ends and the next one begins.
create table publisher_checkpoint (
    singleton    boolean primary key default true check (singleton),
    read_to      bigint not null default 0,
    published_to bigint not null default 0,
    updated_at   timestamptz not null default now()
);
insert into publisher_checkpoint default values;

-- position is where the last applied contract ends; everything behind it up to read_to is known to be nobody's business.
create table inbox_checkpoints (
    source     varchar primary key,
    position   bigint not null default 0,
    read_to    bigint not null default 0,
    updated_at timestamptz not null default now()
);

-- Every saga's table has this shape; a service's migration calls it once for each saga. woken_at is the sweeper's.
create function create_saga_table(p_table varchar) returns void language plpgsql as $$
begin
    execute format('create table %I (
        correlation_id uuid primary key,
        state          varchar not null default ''Initial'',
        due_at         timestamptz,
        woken_at       timestamptz,
        data           jsonb not null default ''{}'',
        version        bigint not null default 0)', p_table);
    execute format('create index %I on %I (due_at) where due_at is not null', p_table || '_due', p_table);
end
$$;
