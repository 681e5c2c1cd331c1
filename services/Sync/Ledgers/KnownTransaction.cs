using Chains;

namespace Sync.Ledgers;

/// <summary>
/// Where a transaction of the ledger stands. Others is what it adds of other assets, Parts what it was returned in, as its row has
/// them; Disputed, by how much of the native asset a later reading differs.
/// </summary>
internal sealed record KnownTransaction(
    string Txid, long Height, string? BlockHash, Amount Delta, int Incarnation, bool Orphaned, long SeenRound,
    string? Others = null, string? Parts = null,
    Amount? Disputed = null);
