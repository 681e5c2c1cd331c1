namespace Portfolio.Ledgers;

/// <summary>The sums kept of transactions: the whole, by day, and by stretches of blocks.</summary>
internal static class Sums
{
    /// <summary>The height's bits that one level of stretches spans more than the one below.</summary>
    public const int LevelBits = 4;

    /// <summary>The level of the longest stretches; 16 of them hold 2^36 blocks, more than any chain will have.</summary>
    public const int TopLevel = 32;

    /// <summary>
    /// Common table expressions, and the statement's end, that move every sum by the rows of another expression, which has
    /// <c>ledger_id, asset, height, block_time, delta</c>.
    /// </summary>
    public static string MovedBy(string changed, char sign) => $"""
        days as (
            insert into balance_days as d (ledger_id, asset, day, change, transactions)
            select ledger_id, asset, (block_time at time zone 'UTC')::date, {sign}sum(delta), {sign}count(*)
            from {changed} group by 1, 2, 3
            on conflict (ledger_id, asset, day) do update set
                change = d.change + excluded.change, transactions = d.transactions + excluded.transactions
        ), stretches as (
            insert into balance_stretches as s (ledger_id, asset, level, stretch, change, transactions)
            select ledger_id, asset, level, height >> level, {sign}sum(delta), {sign}count(*)
            from {changed} cross join generate_series(0, {TopLevel}, {LevelBits}) level group by 1, 2, 3, 4
            on conflict (ledger_id, asset, level, stretch) do update set
                change = s.change + excluded.change, transactions = s.transactions + excluded.transactions
        )
        insert into balances as b (ledger_id, asset, derived, derived_count)
        select ledger_id, asset, {sign}sum(delta), {sign}count(*) from {changed} group by 1, 2
        on conflict (ledger_id, asset) do update set
            derived = b.derived + excluded.derived, derived_count = b.derived_count + excluded.derived_count
        """;
}
