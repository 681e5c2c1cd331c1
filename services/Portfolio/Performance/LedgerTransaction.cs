using System.Numerics;

namespace Portfolio.Performance;

/// <summary>What a transaction changed of one asset at one of the addresses looked at, which <paramref name="Place"/>, a wallet, holds.</summary>
internal sealed record LedgerChange(Guid Place, string Asset, BigInteger Delta);

/// <summary>
/// A transaction with all that it changed at the addresses looked at. <paramref name="Fee"/> is what those paid for it, in the network's own
/// asset: where they are not all who paid, nobody can say how much of it was theirs, and it is 0.
/// </summary>
internal sealed record LedgerTransaction(
    string Network, string Txid, DateTimeOffset At, BigInteger Fee, bool Coinbase, IReadOnlyList<LedgerChange> Changes)
{
    /// <summary>The day whose prices it is valued by.</summary>
    public DateOnly Day => DateOnly.FromDateTime(At.UtcDateTime);

    /// <summary>The same as if some assets were not there.</summary>
    public LedgerTransaction Without(IReadOnlyCollection<string> assets) =>
        assets.Count == 0 ? this : this with { Changes = [.. Changes.Where(change => !assets.Contains(change.Asset))] };
}
