using Chains;
using Sync.Chains;
using Sync.Providers.Cache;

namespace Sync.Walks;

/// <summary>What a round of a walk reads.</summary>
internal static class WalkKind
{
    /// <summary>The whole history, for the first time.</summary>
    public const string First = "first";

    /// <summary>What is newer than the settled part.</summary>
    public const string Top = "top";

    /// <summary>No page: the summary says that nothing changed and the chain still holds the tip known last.</summary>
    public const string Check = "check";

    /// <summary>The whole history again, because the balances differ.</summary>
    public const string Repair = "repair";
}

/// <summary>A ledger and the walk over it, as one slice finds them. Mutable: it follows the rows as the slice moves them.</summary>
internal sealed class Walk
{
    // The claim.
    public required Guid LedgerId { get; init; }
    public required long WalkNo { get; init; }
    public required int Slice { get; init; }
    public required long Fence { get; init; }
    public required Guid WalletId { get; init; }
    public required string Trigger { get; init; }

    // The ledger.
    public required string Network { get; init; }
    public required string Address { get; init; }
    public long? SettledHeight { get; set; }
    public long? TipHeight { get; set; }
    public string? TipHash { get; set; }
    public Amount Derived { get; set; }
    public long DerivedCount { get; set; }
    public Amount? Reported { get; set; }
    public Amount? ReportedPending { get; set; }
    public long? ReportedCount { get; set; }
    public string? Verdict { get; set; }
    public DateTimeOffset? VerdictAt { get; set; }
    public string? RepairedFor { get; set; }
    public string? Disputed { get; set; }
    public string? VerdictBy { get; set; }
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Since when what is known may be out of date because no provider answers.</summary>
    public DateTimeOffset? StaleSince { get; set; }

    /// <summary>Whether some transaction's block has no name yet.</summary>
    public bool HasUnnamed { get; set; }

    // The round under way; Kind is null between rounds.
    public string? Kind { get; set; }
    public long Round { get; set; }
    public int Rounds { get; set; }
    public long? StartHeight { get; set; }
    public string? StartHash { get; set; }
    public long? FloorHeight { get; set; }
    public long? ExpectedCount { get; set; }
    public long? CursorHeight { get; set; }
    public string? CursorTxid { get; set; }
    public long CursorNewer { get; set; }
    public long? AnchorHeight { get; set; }
    public string? AnchorTxid { get; set; }
    public long AnchorNewer { get; set; }
    public string? Provider { get; set; }
    public long? SwitchHeight { get; set; }
    public long? DoubtedHeight { get; set; }
    public bool PagesDone { get; set; }
    public long RoundSeen { get; set; }

    /// <summary>Whether a page of the round was kept from an earlier reading.</summary>
    public bool ServedKept { get; set; }

    // The walk as a whole.
    public long Pages { get; set; }
    public long Requests { get; set; }
    public long Read { get; set; }
    public long Found { get; set; }
    public int Failures { get; set; }

    /// <summary>The last transaction taken.</summary>
    public Position? Cursor
    {
        get => CursorTxid is { } txid ? new(CursorHeight!.Value, txid, CursorNewer) : null;
        set => (CursorHeight, CursorTxid, CursorNewer) = (value?.Height, value?.Txid, value?.Newer ?? 0);
    }

    /// <summary>The one before it: asking from here makes the next page begin with the last one taken, so that pages adjoin.</summary>
    public Position? Anchor
    {
        get => AnchorTxid is { } txid ? new(AnchorHeight!.Value, txid, AnchorNewer) : null;
        set => (AnchorHeight, AnchorTxid, AnchorNewer) = (value?.Height, value?.Txid, value?.Newer ?? 0);
    }

    /// <summary>Whether more than one provider told the round: nothing is concluded from it but what lies deep.</summary>
    public bool IsMixed => SwitchHeight is not null;

    public ChainTip Start => new(StartHeight!.Value, StartHash!);

    /// <summary>What the caches know the address by.</summary>
    public CachedAddress Cached => new(Network, Address);
}
