-- Only what comes in, or only what goes out; null for both.
alter table webhooks add column direction text check (direction in ('in', 'out'));
