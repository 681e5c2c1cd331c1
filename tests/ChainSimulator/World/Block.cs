namespace ChainSimulator.World;

/// <summary>A block with its transactions, the coinbase first; the time in Unix seconds.</summary>
public sealed record Block(int Height, Hash256 Hash, Hash256? Previous, long Time, IReadOnlyList<Transaction> Transactions)
{
    /// <summary>The block's own JSON when it was loaded, not made.</summary>
    internal byte[]? Recorded { get; init; }
}
