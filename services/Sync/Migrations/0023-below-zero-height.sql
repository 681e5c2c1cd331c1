-- After which block that was: what lies at or below a round's floor is not counted again. Above every block where it has to be looked for
-- anew, below zero or not.
alter table ledgers add below_zero_height bigint;
alter table ledger_assets add below_zero_height bigint;
