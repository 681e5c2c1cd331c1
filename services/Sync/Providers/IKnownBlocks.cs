using Sync.Chains;


namespace Sync.Providers;

/// <summary>Blocks below the safe depth that some provider told before, behind what a process has in memory.</summary>
internal interface IKnownBlocks
{
    Task<IReadOnlyList<ChainBlock>> FindAsync(string network, IReadOnlyCollection<long> heights, CancellationToken ct);

    Task KeepAsync(string network, string provider, IReadOnlyCollection<ChainBlock> blocks, CancellationToken ct);

    /// <summary>Forgets what a provider told that told something untrue.</summary>
    Task ForgetAsync(string network, string provider, CancellationToken ct);

    /// <summary>Counts blocks that were there, or had to be asked for.</summary>
    void Count(string network, bool isHit, int number);
}
