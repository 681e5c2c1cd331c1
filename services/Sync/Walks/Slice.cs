using Chains;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers;
using Sync.Providers.Cache;
using Sync.Reconciliation;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>
/// What a slice works with. <c>State</c> is replaced once what it says is stored. <c>ProviderDeadline</c> ends before the lease
/// and goes with questions to providers only: a write must not be cut off.
/// </summary>
internal sealed class Slice(
    Claim claim, WalkState state, ProviderPool providers, int lease, Func<bool> timeIsUp, CancellationToken providerDeadline)
{
    public Claim Claim { get; } = claim;

    public WalkState State { get; set; } = state;

    public ProviderPool Providers { get; } = providers;

    public Network Network => Providers.Network;

    public Address Address { get; } = (Address)Addresses.Parse(providers.Network, claim.Address);

    /// <summary>The seconds after which another consumer may take the slice over.</summary>
    public int Lease { get; } = lease;

    public Func<bool> TimeIsUp { get; } = timeIsUp;

    public CancellationToken ProviderDeadline { get; } = providerDeadline;

    /// <summary>The round under way.</summary>
    public Round Round => State.Round ?? throw new InvalidOperationException("No round is under way.");

    /// <summary>The provider that the round belongs to.</summary>
    public IChainAdapter Provider => Providers.Named(State.Provider);

    /// <summary>Pages that are facts of a tip only, to be kept once it is known to have stood while they were read.</summary>
    public List<KeptPage> Young { get; } = [];

    /// <summary>What a page of the round is judged by; the provider is the one that returned the page.</summary>
    public PageContext PageBy(string provider) =>
        new(
            Claim.LedgerId, Network, provider, Round.Number, Round.Start.Height, State.Ledger.SettledHeight,
            Round.SwitchHeight, State.Ledger.Derived)
        { IsRereading = State.IsRereading };

    /// <summary>Whom the balances of the round are asked of.</summary>
    public BalanceInquiry Inquiry => new(Claim.LedgerId, Provider, Address, Round.Start, ProviderDeadline);

    /// <summary>Counts a question that a provider answered.</summary>
    public void CountRequest() => State = State.Counting(1);
}
