-- A replica of the version before balance_spans may still finish a page while the others are new: it would move the day and
-- not the spans above it, and the past would be wrong for good. It knows no lowest, so it is refused, and the log keeps
-- what it could not apply. Older rows are left as they are.
alter table balance_days add constraint kept_by_time check (lowest is not null) not valid;
