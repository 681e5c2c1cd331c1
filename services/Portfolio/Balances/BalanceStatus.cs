namespace Portfolio.Balances;

/// <summary>How far a balance can be trusted.</summary>
internal static class BalanceStatus
{
    public const string Importing = "importing";
    public const string Syncing = "syncing";

    /// <summary>Its owner cancelled before its history was read.</summary>
    public const string Paused = "paused";

    public const string Verified = "verified";
    public const string Explained = "explained";
    public const string Mismatch = "mismatch";
    public const string Empty = "empty";

    /// <summary>
    /// The history was read and the address compared, but not this asset: its contract reports no balance, or its turn
    /// has not come.
    /// </summary>
    public const string Unverified = "unverified";

    /// <summary>The status of one balance, of an address <c>a</c>, its ledger <c>l</c> and a balance <c>b</c>, which may both be missing.</summary>
    public const string Sql = """
        case when a.paused and not coalesce(l.first_walk_done, false) then 'paused'
             when l.ledger_id is null or (not l.first_walk_done and l.walk is null and b.reported is null) then 'importing'
             when not l.first_walk_done then 'syncing'
             when b.verdict is null and exists (select from balances compared
                where compared.ledger_id = l.ledger_id and compared.verdict is not null) then 'unverified'
             else coalesce(b.verdict, 'syncing') end
        """;

    /// <summary>
    /// Whether a sum of ledger <c>l</c>'s transactions up to an instant may still change because its history is being read.
    /// A walk at the top changes what is new; block times lag behind the clock by hours, so a day is enough.
    /// </summary>
    public static string Provisional(string instant) => $"""
        (not coalesce(l.first_walk_done, false)
            or (l.walk is not null and (l.walk <> 'top' or {instant} > l.walked_at - interval '1 day')))
        """;

    // What wants attention first stands for the whole.
    private static readonly string[] Gravest = [Mismatch, Syncing, Importing, Paused, Unverified, Explained, Verified];

    /// <summary>The status of several balances together; <c>empty</c> where there is none.</summary>
    public static string Of(IReadOnlyCollection<string> all) => Gravest.FirstOrDefault(all.Contains) ?? Empty;

    /// <summary>The status of several assets together. One that cannot be compared, which anyone can send, says nothing of the others.</summary>
    public static string OfAssets(IEnumerable<string> all) => Of([.. all.Where(status => status is not Unverified)]);
}
