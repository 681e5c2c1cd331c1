-- Appends as before, but looks for known event ids only when the unique index objects to one. The page that is told
-- twice is the rare one, and pays for it: its first try is undone as a subtransaction and the rest goes in afterwards.
-- Numbers are drawn after everything that can refuse an append; only that first try burns some, which no reader minds:
-- positions rise, they need not be dense.
create or replace function log_append(
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
    violated text;
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

    for attempt in 1..2 loop
        begin
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
            return;
        exception when unique_violation then
            get stacked diagnostics violated = constraint_name;
            if attempt = 2 or violated <> 'idx_mt_events_event_id' then
                raise;
            end if;
        end;

        -- Under the lock nobody adds to the ids known now, so the second try meets none of them.
        select array_agg(e.stream order by e.ord), array_agg(e.nth order by e.ord), array_agg(e.id order by e.ord),
               array_agg(e.type order by e.ord), array_agg(e.dotnet order by e.ord), array_agg(e.data order by e.ord)
        into p_stream_of, p_nth, p_ids, p_types, p_dotnet, p_data
        from (
            select f.*, row_number() over (partition by f.stream order by f.ord) as nth
            from unnest(p_stream_of, p_ids, p_types, p_dotnet, p_data) with ordinality
                as f (stream, id, type, dotnet, data, ord)
            where not exists (select from mt_events known where known.id = f.id)
        ) e;
        if p_ids is null then
            appended := 0;
            head := 0;
            return;
        end if;
    end loop;
end
$$;
