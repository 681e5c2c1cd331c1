-- The log's tables, sequence and append function are Marten's, made before this script; a database that the scripts 0001
-- to 0004 made is taken over by both. Their log_append stays for replicas of that release that are still running.
delete from schema_migrations where series = 'EventSourcing' and number < 5;

-- Events are often larger than a page lets pass uncompressed; this costs a fraction of the default's time.
alter table mt_events alter column data set compression lz4;

-- Each time this log was restored from a backup: what it held after restored_to is lost, and may have been told to others.
create table if not exists log_restores (
    restored_to   bigint not null,
    goes_on_after bigint primary key,
    restored_at   timestamptz not null default now()
);

-- Called once on a restored database before anybody appends. The lost positions are never used for other events: the log
-- goes on at the present time in microseconds, beyond everything that any earlier life of it can have reached.
create or replace function log_restored() returns bigint language plpgsql as $$
declare
    head bigint;
    goes_on bigint;
begin
    perform pg_advisory_xact_lock(7305148120);
    head := greatest((select coalesce(max(seq_id), 0) from mt_events), (select coalesce(max(goes_on_after), 0) from log_restores));
    goes_on := greatest(head + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint);
    perform setval('mt_events_sequence', goes_on);
    insert into log_restores (restored_to, goes_on_after) values (head, goes_on);
    return goes_on;
end
$$;
