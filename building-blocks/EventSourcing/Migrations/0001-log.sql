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
-- Events are often larger than a page lets pass uncompressed; this costs a fraction of the default's time.
alter table mt_events alter column data set compression lz4;
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
-- p_stream_of is an event's stream as an index into p_streams, p_nth its place among the call's events of that stream.
create function log_append(
    p_streams varchar[], p_categories varchar[], p_expected bigint[],
    p_stream_of int[], p_nth int[], p_ids uuid[], p_types varchar[], p_dotnet varchar[], p_data jsonb[],
    p_correlation varchar, p_causation varchar,
    out appended bigint, out head bigint)
language plpgsql
-- A plan made while the log was small is kept by its session while the log grows: it must use the indexes from the start.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
    wrong record;
    known uuid[];
    bases bigint[];
    at_time timestamptz;
begin
    perform pg_advisory_xact_lock(7305148120);
    at_time := clock_timestamp();

    if p_expected is not null then
        select e.stream, e.expected, coalesce(s.version, 0) as actual into wrong
        from unnest(p_streams, p_expected) as e (stream, expected)
        left join mt_streams s on s.id = e.stream
        where e.expected <> coalesce(s.version, 0)
        limit 1;
        if found then
            raise exception '%|%|%', wrong.stream, wrong.expected, wrong.actual using errcode = 'WT001';
        end if;
    end if;

    known := array(select e.id from mt_events e where e.id = any (p_ids));
    if known <> '{}' then
        select array_agg(e.stream order by e.ord), array_agg(e.nth order by e.ord), array_agg(e.id order by e.ord),
               array_agg(e.type order by e.ord), array_agg(e.dotnet order by e.ord), array_agg(e.data order by e.ord)
        into p_stream_of, p_nth, p_ids, p_types, p_dotnet, p_data
        from (
            select f.*, row_number() over (partition by f.stream order by f.ord) as nth
            from unnest(p_stream_of, p_ids, p_types, p_dotnet, p_data) with ordinality
                as f (stream, id, type, dotnet, data, ord)
            where not exists (select from unnest(known) as k (id) where k.id = f.id)
        ) e;
        if p_ids is null then
            appended := 0;
            head := 0;
            return;
        end if;
    end if;

    -- A page of one stream is the usual case and needs no grouping.
    if cardinality(p_streams) = 1 then
        insert into mt_streams as s (id, type, version, timestamp, created, tenant_id, is_archived)
        values (p_streams[1], p_categories[1], cardinality(p_ids), at_time, at_time, '*DEFAULT*', false)
        on conflict (id) do update set version = s.version + excluded.version, timestamp = excluded.timestamp
        returning array[s.version - cardinality(p_ids)] into bases;
    else
        with fresh as (
            select f.stream, count(*) as events from unnest(p_stream_of) as f (stream) group by f.stream
        ), grown as (
            insert into mt_streams as s (id, type, version, timestamp, created, tenant_id, is_archived)
            select p_streams[f.stream], p_categories[f.stream], f.events, at_time, at_time, '*DEFAULT*', false
            from fresh f
            on conflict (id) do update set version = s.version + excluded.version, timestamp = excluded.timestamp
            returning s.id, s.version
        )
        select array_agg(g.version - f.events order by s.stream) into bases
        from unnest(p_streams) with ordinality as s (id, stream)
        left join fresh f on f.stream = s.stream
        left join grown g on g.id = s.id;
    end if;

    -- A function scan keeps the arrays' order, so in each stream sequence numbers rise with the versions.
    insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id,
                           mt_dotnet_type, correlation_id, causation_id, is_archived)
    select nextval('mt_events_sequence'), e.id, p_streams[e.stream], bases[e.stream] + e.nth, e.data, e.type, at_time,
           '*DEFAULT*', e.dotnet, p_correlation, p_causation, false
    from unnest(p_stream_of, p_nth, p_ids, p_types, p_dotnet, p_data) as e (stream, nth, id, type, dotnet, data);
    get diagnostics appended = row_count;
    head := currval('mt_events_sequence');
end
$$;
