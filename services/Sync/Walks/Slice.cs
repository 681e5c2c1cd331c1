using Chains;
using Sync.Chains;

namespace Sync.Walks;

/// <summary>
/// What a slice works with. <c>Asking</c> is cut off before the lease ends and goes with questions to providers only: a
/// write that was cut off would leave the walk in memory ahead of its row.
/// </summary>
internal sealed record Slice(Walk Walk, Failover Providers, Address Address, int Lease, Func<bool> TimeIsUp, CancellationToken Asking)
{
    public Network Network => Providers.Network;

    /// <summary>The provider that the round belongs to.</summary>
    public IChainAdapter Provider => Providers.Named(Walk.Provider);
}
