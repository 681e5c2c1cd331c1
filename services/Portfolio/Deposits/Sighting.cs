using System.Numerics;

namespace Portfolio.Deposits;

/// <summary>Where the read model has a payment.</summary>
internal enum Whereabouts
{
    /// <summary>Waiting for a block.</summary>
    Pending,

    /// <summary>In a block of the chain.</summary>
    InBlock,

    /// <summary>In none any more, after it was.</summary>
    Orphaned,

    Replaced,

    Dropped,
}

/// <summary>
/// What the read model says of a payment by now. <paramref name="At"/> is when it was met: the block's time, or when a provider first saw it;
/// <paramref name="Now"/> is when it is looked at. News is what did not lie in the chain when the address was imported.
/// </summary>
internal sealed record Sighting(Whereabouts Where, BigInteger Amount, int Required, DateTimeOffset At, DateTimeOffset Now)
{
    public long? Height { get; init; }

    public string? BlockHash { get; init; }

    /// <summary>The height of the network's tip, where it is known.</summary>
    public long? Tip { get; init; }

    public string? ReplacedBy { get; init; }

    public bool IsNews { get; init; }

    /// <summary>A tip from before the block was seen says nothing about it; the block itself is one confirmation.</summary>
    public long Confirmations => ConfirmationsOf(Height, Tip);

    /// <summary>Blocks from that height to the tip, both counted; 0 where it is in none.</summary>
    public static long ConfirmationsOf(long? height, long? tip) => height is not { } block ? 0 : Math.Max((tip ?? block) - block + 1, 1);
}
