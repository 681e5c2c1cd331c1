namespace Portfolio.Ledgers;

/// <summary>The sums kept of transactions: the whole, by stretches of time, and by stretches of blocks.</summary>
internal static class Sums
{
    /// <summary>The bits of a height or a day's number that one level of stretches spans more than the one below.</summary>
    public const int LevelBits = 4;

    /// <summary>The level of the longest stretches of blocks; 16 of them hold 2^36 blocks, more than any chain will have.</summary>
    public const int TopLevel = 32;

    /// <summary>The level of the longest spans of days, eleven years each.</summary>
    public const int TopSpan = 12;

    /// <summary>
    /// Common table expressions, and the statement's end, that move every sum by the rows of another expression, which has
    /// <c>ledger_id, asset, height, block_time, delta</c>; <paramref name="counted"/> says how many transactions they are.
    /// </summary>
    public static string ApplyDelta(string changed, char sign, string counted = "count(*)") => $"""
        moved as materialized (
            select ledger_id, asset, (block_time at time zone 'UTC')::date as day, {sign}sum(delta) as change, {sign}{counted} as transactions,
                   min(height) as lowest, max(height) as highest
            from {changed} group by 1, 2, 3
        ), {ByTime}, stretches as (
            insert into balance_stretches as s (ledger_id, asset, level, stretch, change, transactions)
            select ledger_id, asset, level, height >> level, {sign}sum(delta), {sign}{counted}
            from {changed} cross join generate_series(0, {TopLevel}, {LevelBits}) level group by 1, 2, 3, 4
            on conflict (ledger_id, asset, level, stretch) do update set
                change = s.change + excluded.change, transactions = s.transactions + excluded.transactions
        )
        insert into balances as b (ledger_id, asset, derived, derived_count)
        select ledger_id, asset, sum(change), sum(transactions) from moved group by 1, 2
        on conflict (ledger_id, asset) do update set
            derived = b.derived + excluded.derived, derived_count = b.derived_count + excluded.derived_count
        """;

    /// <summary>The same for rows whose time alone changes from one column's to another's: from the old day to the new one.</summary>
    public static string MovedInTime(string changed, string from, string to) => $"""
        moved as materialized (
            select ledger_id, asset, day, sum(sign * delta) as change, sum(sign) as transactions, min(height) as lowest, max(height) as highest
            from {changed} cross join lateral (values (-1, ({from} at time zone 'UTC')::date), (1, ({to} at time zone 'UTC')::date)) side (sign, day)
            where ({from} at time zone 'UTC')::date <> ({to} at time zone 'UTC')::date group by 1, 2, 3
        ), {ByTime}
        select
        """;

    // Of what moved, which has ledger_id, asset, day, change, transactions, lowest, highest.
    private static readonly string ByTime = $"""
        days as (
            insert into balance_days as d (ledger_id, asset, day, change, transactions, lowest, highest)
            select ledger_id, asset, day, change, transactions, lowest, highest from moved
            on conflict (ledger_id, asset, day) do update set
                change = d.change + excluded.change, transactions = d.transactions + excluded.transactions,
                lowest = least(d.lowest, excluded.lowest), highest = greatest(d.highest, excluded.highest)
        ), spans as (
            insert into balance_spans as s (ledger_id, asset, level, span, change, transactions, lowest, highest)
            select ledger_id, asset, level, (day - date '1970-01-01') >> level, sum(change), sum(transactions), min(lowest), max(highest)
            from moved cross join generate_series({LevelBits}, {TopSpan}, {LevelBits}) level group by 1, 2, 3, 4
            on conflict (ledger_id, asset, level, span) do update set
                change = s.change + excluded.change, transactions = s.transactions + excluded.transactions,
                lowest = least(s.lowest, excluded.lowest), highest = greatest(s.highest, excluded.highest)
        )
        """;
}
