namespace Portfolio.Ledgers;

/// <summary>
/// What waits for a block, of a balance <c>b</c>: the sum of the transactions known to wait, or where none is what a provider reports.
/// </summary>
internal static class PendingSums
{
    /// <summary>The lateral join that the others stand on.</summary>
    public const string Joined = """
        left join lateral (
            select sum(p.delta) as delta, -sum(least(p.delta, 0)) as spent from pending_transactions p
            where p.ledger_id = b.ledger_id and p.asset = b.asset and p.state = 'pending') waiting on true
        """;

    /// <summary>The signed sum; 0 where nobody says.</summary>
    public const string Shown = "coalesce(waiting.delta, b.pending, 0)";

    /// <summary>The signed sum; null where nobody says.</summary>
    public const string Known = "coalesce(waiting.delta, b.pending)";

    /// <summary>How much of what is in blocks is spent by what waits.</summary>
    public const string Spent = "coalesce(waiting.spent, -least(b.pending, 0), 0)";
}
