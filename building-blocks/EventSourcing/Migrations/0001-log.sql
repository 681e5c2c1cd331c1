-- Marten 9's own tables (StreamIdentity.AsString), so that a Marten application opens the same database.
create table mt_streams (
    id          varchar primary key,
    type        varchar,
    version     bigint not null,
    timestamp   timestamptz not null default now(),
    created     timestamptz not null default now(),
    tenant_id   varchar default '*DEFAULT*',
    is_archived boolean default false
);

create table mt_events (
    seq_id         bigint primary key,
    id             uuid not null,
    stream_id      varchar references mt_streams (id) on delete cascade,
    version        bigint not null,
    data           jsonb not null,
    bdata          bytea,
    type           varchar(500) not null,
    timestamp      timestamptz not null,
    tenant_id      varchar default '*DEFAULT*',
    mt_dotnet_type varchar,
    correlation_id varchar,
    causation_id   varchar,
    headers        jsonb,
    is_archived    boolean default false
);
create unique index pk_mt_events_stream_and_version on mt_events (stream_id, version);
create unique index idx_mt_events_event_id on mt_events (id);
create sequence mt_events_sequence owned by mt_events.seq_id;

create table mt_event_progression (
    name         varchar primary key,
    last_seq_id  bigint,
    last_updated timestamptz default now()
);

-- Appends to several streams under the log's lock, which makes sequence order equal commit order. Everything is
-- checked before a sequence number is drawn, so a refused append burns none. Events whose id is already in the log
-- are left out before versions are numbered. A wrong expected version raises WT001, "stream|expected|actual".
create function log_append(
    p_streams varchar[], p_categories varchar[], p_expected bigint[],
    p_stream_of int[], p_ids uuid[], p_types varchar[], p_dotnet varchar[], p_data jsonb[],
    p_correlation varchar, p_causation varchar,
    out appended bigint, out head bigint)
language plpgsql as $$
declare
    wrong record;
    at_time timestamptz;
begin
    perform pg_advisory_xact_lock(7305148120);
    at_time := clock_timestamp();

    select e.stream, e.expected, coalesce(s.version, 0) as actual into wrong
    from unnest(p_streams, p_expected) as e (stream, expected)
    left join mt_streams s on s.id = e.stream
    where e.expected is not null and e.expected <> coalesce(s.version, 0)
    limit 1;
    if found then
        raise exception '%|%|%', wrong.stream, wrong.expected, wrong.actual using errcode = 'WT001';
    end if;

    with fresh as materialized (
        select e.*
        from unnest(p_stream_of, p_ids, p_types, p_dotnet, p_data) with ordinality
            as e (stream, id, type, dotnet, data, ord)
        where not exists (select from mt_events known where known.id = e.id)
    ), grown as (
        insert into mt_streams as s (id, type, version, timestamp, created, tenant_id, is_archived)
        select p_streams[f.stream], p_categories[f.stream], count(*), at_time, at_time, '*DEFAULT*', false
        from fresh f
        group by f.stream
        on conflict (id) do update set version = s.version + excluded.version, timestamp = excluded.timestamp
        returning s.id, s.version
    ), numbered as (
        select f.*, g.id as stream_id,
               g.version - count(*) over (partition by f.stream)
                   + row_number() over (partition by f.stream order by f.ord) as version
        from fresh f join grown g on g.id = p_streams[f.stream]
        order by f.ord
        offset 0 -- keeps the order above the sequence's draw
    ), inserted as (
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id,
                               mt_dotnet_type, correlation_id, causation_id, is_archived)
        select nextval('mt_events_sequence'), n.id, n.stream_id, n.version, n.data, n.type, at_time, '*DEFAULT*',
               n.dotnet, p_correlation, p_causation, false
        from numbered n
        returning seq_id
    )
    select count(*), coalesce(max(seq_id), 0) into appended, head from inserted;
end
$$;
