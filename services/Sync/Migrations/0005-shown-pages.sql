-- The pages that were shown for a run, below which none are shown for it again.
alter table ledger_trackers add shown_pages bigint not null default 0;
