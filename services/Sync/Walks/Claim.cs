using Sync.Providers.Cache;

namespace Sync.Walks;

/// <summary>
/// What a consumer holds while it works on a slice: this walk of this ledger, for this wallet. The fence tells it from whoever
/// held the slice before or takes it over; only the holder of the newest one may store anything.
/// </summary>
internal sealed record Claim(Guid LedgerId, long WalkNo, int Slice, long Fence, Guid WalletId, SyncTrigger Trigger, string Network, string Address)
{
    /// <summary>What the caches know the address by.</summary>
    public CachedAddress Cached => new(Network, Address);
}
