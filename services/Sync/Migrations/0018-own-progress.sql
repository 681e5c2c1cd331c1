-- Since when a wallet tracks the address: only what was checked after it is the wallet's own progress. Null for those of before.
alter table ledger_trackers add tracked_at timestamptz;
