using Chains;
using Sync.Chains;
using Sync.Ledgers;

namespace Unit.Sync;

internal static class Given
{
    public static readonly Guid Ledger = Guid.Parse("0190a000-0000-7000-8000-000000000001");

    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static string Hash(int n) => n.ToString("x64");

    public static ChainTransaction Transaction(int n, long height, long delta = 10, int? block = null) => new(
        Hash(n), height, Hash(block ?? (int)height), Now, null, 1, delta, [new(null, 5)], [new("a", 4)], false);

    public static KnownTransaction Known(int n, long height, long delta = 10, int incarnation = 0, bool orphaned = false, long round = 0,
        int? block = null) =>
        new(Hash(n), height, Hash(block ?? (int)height), delta, incarnation, orphaned, round);

    public static PageContext Page(
        long round = 1, long? settled = null, long start = 100, long? switchHeight = null, Amount derived = default, Network? network = null,
        string provider = "esplora") =>
        new(Ledger, network ?? Networks.Bitcoin, provider, round, start, settled, switchHeight, derived);
}
