-- Whether the owner cancelled the wallet's sync when the address was there, and has not asked for one since. Of cancellations before
-- this, a rebuild tells.
alter table addresses add paused boolean not null default false;
