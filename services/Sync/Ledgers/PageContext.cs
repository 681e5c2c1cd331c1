using Chains;

namespace Sync.Ledgers;

/// <summary>What of a ledger, and of the round that reads it, a page is judged by and written with.</summary>
internal sealed record PageContext(
    Guid LedgerId, Network Network, string Provider, long Round, long StartHeight, long? SettledHeight, long? SwitchHeight, Amount Derived)
{
    /// <summary>Whether a history that is known is read whole again.</summary>
    public bool IsRereading { get; init; }

    /// <summary>Transactions at or below this height have the confirmations that their network requires.</summary>
    public long ConfirmedUpTo => StartHeight - Network.ConfirmationsRequired + 1;

    /// <summary>Whether a reorganisation may have replaced the block since its transactions were read.</summary>
    public bool IsUnsettled(long height) => height <= StartHeight && height > (SettledHeight ?? StartHeight - (2 * Network.SafeDepth));
}
