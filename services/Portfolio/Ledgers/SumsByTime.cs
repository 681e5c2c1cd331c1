namespace Portfolio.Ledgers;

/// <summary>
/// SQL that asks the sums kept by time about one ledger and asset. However long the history is, it reads at most 15 days,
/// 15 spans of each length, and what one day holds. Block times go backwards in a chain, balances do not: a transaction counts from
/// the greatest block time so far in the chain's order, its own or that of one below it, of the same ledger and asset.
/// </summary>
internal static class SumsByTime
{
    /// <summary>Selects <c>change</c> and <c>transactions</c> of everything up to an instant, or before it with <c>&lt;</c>.</summary>
    public static string Until(string ledger, string asset, string instant, string compared = "<=") => $"""
        select coalesce(sum(part.change), 0) as change, coalesce(sum(part.transactions), 0)::bigint as transactions from (
            select d.change, d.transactions from balance_days d
            where d.ledger_id = {ledger} and d.asset = {asset} and d.day >= {BlockOf(instant)} and d.day < {DayOf(instant)}
            union all
            select s.change, s.transactions from {OlderSpans(ledger, asset, instant)}
            union all
            select x.delta, 1 from transactions x
            where x.ledger_id = {ledger} and x.asset = {asset} and not x.orphaned
              and x.block_time >= ({DayOf(instant)})::timestamp at time zone 'UTC' and x.block_time {compared} {instant}
            union all
            select -early.delta, -1 from ({TooEarly(ledger, asset, instant, compared)}) early) part
        """;

    /// <summary>
    /// Selects <c>txid</c> of everything behind one instant and up to another, so that what <see cref="Until"/> says of the one and these make
    /// what it says of the other.
    /// </summary>
    public static string Between(string ledger, string asset, string after, string until) => $"""
        (select x.txid from transactions x
         where x.ledger_id = {ledger} and x.asset = {asset} and not x.orphaned and x.block_time > {after} and x.block_time <= {until}
         union
         select early.txid from ({TooEarly(ledger, asset, after, "<=")}) early)
        except
        select early.txid from ({TooEarly(ledger, asset, until, "<=")}) early
        """;

    /// <summary>
    /// Selects <c>delta</c> and <c>txid</c> of what a block up to an instant holds, or before it with <c>&lt;</c>, and yet stands on one that is
    /// later: it is still to come then. The comparisons are no conditions of an index: between the heights is little, before an instant all.
    /// </summary>
    public static string TooEarly(string ledger, string asset, string instant, string compared) => $"""
        select x.delta, x.txid
        from (select ({LowestFrom(ledger, instant, asset)}) as low, ({HighestUntil(ledger, instant, asset)}) as high offset 0) bounds
        cross join lateral (
            select later.height from transactions later
            where later.ledger_id = {ledger} and later.asset = {asset} and not later.orphaned
              and later.height >= bounds.low and later.height <= bounds.high and (later.block_time {compared} {instant}) is not true
            order by later.height limit 1) cut
        join transactions x on x.ledger_id = {ledger} and x.asset = {asset} and not x.orphaned
            and x.height >= cut.height and x.height <= bounds.high and (x.block_time {compared} {instant}) is true
        """;

    /// <summary>Selects a height below or at which everything up to that instant's day stands.</summary>
    public static string HighestUntil(string ledger, string instant, string? asset = null) => $"""
        select max(part.height) as height from balances own cross join lateral (
            select d.highest as height from balance_days d
            where d.ledger_id = {ledger} and d.asset = own.asset and d.day >= {BlockOf(instant)} and d.day <= {DayOf(instant)}
            union all
            select s.highest from {OlderSpans(ledger, "own.asset", instant)}) part
        where own.ledger_id = {ledger} {OfAsset(asset)}
        """;

    /// <summary>Selects a height above or at which everything from that instant's day on stands.</summary>
    public static string LowestFrom(string ledger, string instant, string? asset = null) => $"""
        select min(part.height) as height from balances own cross join lateral (
            select d.lowest as height from balance_days d
            where d.ledger_id = {ledger} and d.asset = own.asset and d.day >= {DayOf(instant)} and d.day < {BlockOf(instant)} + 16
            union all
            select s.lowest
            from generate_series({Sums.LevelBits}, {Sums.TopSpan}, {Sums.LevelBits}) of (level)
            join balance_spans s on s.ledger_id = {ledger} and s.asset = own.asset and s.level = of.level
                and s.span > {Number(instant)} >> of.level
                and s.span < case of.level when {Sums.TopSpan} then {int.MaxValue}
                                  else (({Number(instant)} >> (of.level + {Sums.LevelBits})) + 1) << {Sums.LevelBits} end) part
        where own.ledger_id = {ledger} {OfAsset(asset)}
        """;

    private static string OfAsset(string? asset) => asset is null ? "" : $"and own.asset = {asset}";

    // One bound each way, as an expression: an "or" would be no condition of the index.
    private static string OlderSpans(string ledger, string asset, string instant) => $"""
        generate_series({Sums.LevelBits}, {Sums.TopSpan}, {Sums.LevelBits}) of (level)
        join balance_spans s on s.ledger_id = {ledger} and s.asset = {asset} and s.level = of.level
            and s.span < {Number(instant)} >> of.level
            and s.span >= case of.level when {Sums.TopSpan} then -{int.MaxValue}
                               else ({Number(instant)} >> (of.level + {Sums.LevelBits})) << {Sums.LevelBits} end
        """;

    private static string DayOf(string instant) => $"({instant} at time zone 'UTC')::date";

    private static string Number(string instant) => $"({DayOf(instant)} - date '1970-01-01')";

    // The first of the sixteen days that the shortest span holds.
    private static string BlockOf(string instant) => $"(date '1970-01-01' + (({Number(instant)} >> {Sums.LevelBits}) << {Sums.LevelBits}))";
}
