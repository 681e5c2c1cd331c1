-- Since when what is known of the address may be out of date because no provider answers; null while one does.
alter table ledgers add stale_since timestamptz;
