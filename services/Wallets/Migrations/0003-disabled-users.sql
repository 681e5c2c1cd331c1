-- When an administrator shut a user out; null for everyone else.
alter table users add column disabled_at timestamptz;
