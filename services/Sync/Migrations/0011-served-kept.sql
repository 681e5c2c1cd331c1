-- Whether a page of the round was kept from an earlier reading: then what the history comes to is not all that its provider tells today.
alter table walks add served_kept boolean not null default false;
