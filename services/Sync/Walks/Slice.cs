using Chains;
using Sync.Chains;
using Sync.Providers;
using Sync.Providers.Cache;

namespace Sync.Walks;

/// <summary>
/// What a slice works with. <c>Asking</c> is cut off before the lease ends and goes with questions to providers only: a
/// write that was cut off would leave the walk in memory ahead of its row.
/// </summary>
internal sealed record Slice(Walk Walk, ProviderPool Providers, Address Address, int Lease, Func<bool> TimeIsUp, CancellationToken Asking)
{
    public Network Network => Providers.Network;

    /// <summary>Pages that are facts of a tip only, to be kept once it is known to have stood while they were read.</summary>
    public List<KeptPage> Young { get; } = [];

    /// <summary>The provider that the round belongs to.</summary>
    public IChainAdapter Provider => Providers.Named(Walk.Provider);
}
