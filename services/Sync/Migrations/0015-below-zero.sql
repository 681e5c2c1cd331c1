-- The lowest that the balance ever was after a block, where that is below zero: a sign that something is missing. Null where it never was.
alter table ledgers add below_zero numeric;
alter table ledger_assets add below_zero numeric;
