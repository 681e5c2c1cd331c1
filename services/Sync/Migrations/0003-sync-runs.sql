-- Sync runs, read from the streams of wallets' syncing: each row is written with its events, and made again from the log
-- by a rebuild. A column is null where the version that told of the run did not record it.
create table sync_runs (
    run_id      uuid primary key,
    wallet_id   uuid not null,
    trigger     varchar not null,
    status      varchar not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    pages       bigint,
    requests    bigint,
    found       bigint,
    reason      varchar,
    next_try    timestamptz
);
create index sync_runs_wallet on sync_runs (wallet_id, started_at desc, run_id desc);

-- Runs that were told of before there was the table. Instants are cut to microseconds as the driver does.
insert into sync_runs (run_id, wallet_id, trigger, status, started_at, finished_at, pages, requests, found, reason, next_try)
select run_id, wallet_id, trigger,
       case when ended_at is not null then substr(type, 6) when next_started_at is not null then 'failed' when type is null then 'running' else 'waiting' end,
       started_at, coalesce(ended_at, next_started_at), (last ->> 'Pages')::bigint, (last ->> 'Requests')::bigint, (last ->> 'Found')::bigint,
       case when ended_at is null and next_started_at is not null then 'superseded by another run' else last ->> 'Reason' end,
       case when ended_at is not null or next_started_at is null then cast(regexp_replace(coalesce(last ->> 'NextTry', last ->> 'Until'), '(\.\d{6})\d', '\1') as timestamptz) end
from (
    select runs.*, last.type, last.data as last,
           case when last.type <> 'sync_waiting' then cast(regexp_replace(last.data ->> 'At', '(\.\d{6})\d', '\1') as timestamptz) end as ended_at,
           lead(runs.started_at) over (partition by runs.wallet_id order by runs.version) as next_started_at
    from (
        select cast(data ->> 'RunId' as uuid) as run_id, cast(data ->> 'WalletId' as uuid) as wallet_id, data ->> 'Trigger' as trigger,
               cast(regexp_replace(data ->> 'At', '(\.\d{6})\d', '\1') as timestamptz) as started_at, stream_id, version
        from mt_events where type = 'sync_started') runs
    left join lateral (
        select e.type, e.data from mt_events e
        where e.stream_id = runs.stream_id and e.type in ('sync_waiting', 'sync_completed', 'sync_failed') and cast(e.data ->> 'RunId' as uuid) = runs.run_id
        order by e.version desc limit 1) last on true) told;

-- Transactions read, again or for the first time, and where the run that has the walk took it up: what its pace is measured by.
alter table walks
    add read       bigint not null default 0,
    add paced_run  uuid,
    add paced_from timestamptz,
    add paced_read bigint not null default 0;

-- Paused by its wallet's owner until a sync is asked for; counts only while the address has no verdict.
alter table ledger_trackers
    add paused        boolean not null default false,
    -- The percentage that was shown for a run, below which none is shown for it again.
    add shown_run     uuid,
    add shown_percent int;

alter table wallets
    add shown_run     uuid,
    add shown_percent int;
