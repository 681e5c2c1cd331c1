-- A log restored without a write since it was restored before stands where it went on then, and so do its readers: what
-- lies between its newest event and there was lost once, not twice.
update log_restores r set restored_to = earlier.goes_on_after
from (select goes_on_after, lag(goes_on_after) over (order by goes_on_after) as before from log_restores) own
join log_restores earlier on earlier.goes_on_after = own.before
where own.goes_on_after = r.goes_on_after and r.restored_to < earlier.goes_on_after;

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
