using Chains;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Networks;

namespace Sync.Following;

/// <summary>How a follower gets to know what new blocks touch.</summary>
internal enum BlockReading
{
    /// <summary>Nobody tracks an address.</summary>
    PassOver,

    /// <summary>The blocks are read.</summary>
    Scan,

    /// <summary>Every address is checked, which costs less.</summary>
    Ask,
}

/// <summary>What a follower does, without any I/O.</summary>
internal static class FollowRules
{
    /// <summary>The requests of one regular check: a tip before and after with sums between; where transactions are not counted, lists too.</summary>
    public static int RequestsOfACheck(ChainFamily family) => family is ChainFamily.Utxo ? 3 : 6;

    /// <summary>The cheaper way to learn what blocks touch that take so many requests to read.</summary>
    public static BlockReading ScanOrAsk(long requests, long addresses, ChainFamily family) =>
        addresses == 0 ? BlockReading.PassOver
        : requests <= addresses * RequestsOfACheck(family) ? BlockReading.Scan : BlockReading.Ask;

    /// <summary>So many addresses have blocks read that take so many requests, and more need not be counted.</summary>
    public static long EnoughToScan(long requests, ChainFamily family) => (requests / RequestsOfACheck(family)) + 1;

    /// <summary>How much of what touches an address is told, whichever way is taken.</summary>
    public static string CoverageOf(ChainFamily family, bool tellsContents) => family switch
    {
        // A slot lasts less than a second: neither its block nor all addresses can be asked for each time.
        ChainFamily.Solana => Coverage.None,
        // Every address is checked for every block where blocks are not read.
        ChainFamily.Utxo => Coverage.Whole,
        _ => tellsContents ? Coverage.Part : Coverage.None,
    };

    /// <summary>
    /// The newest block of the tail that the chain holds still, found in as few questions as can be; null where it holds none of them.
    /// Where a chain holds a block it holds those below.
    /// </summary>
    public static async Task<ChainTip?> ForkAsync(IReadOnlyList<ChainTip> tail, Func<long, Task<string?>> hashAt)
    {
        var (low, high) = (0, tail.Count);
        // Below low none is held; from high on all are. Most forks are of a block or two.
        for (var step = 1; low < high; step *= 2)
        {
            var at = Math.Min(low + step - 1, high - 1);
            if (await hashAt(tail[at].Height) == tail[at].Hash)
            {
                high = at;
                break;
            }

            low = at + 1;
        }

        while (low < high)
        {
            var middle = (low + high) / 2;
            if (await hashAt(tail[middle].Height) == tail[middle].Hash) high = middle;
            else low = middle + 1;
        }

        return low < tail.Count ? tail[low] : null;
    }

    /// <summary>
    /// How often something is asked for that takes so many requests: no more often than that, and no more of any limit than that part
    /// in a hundred.
    /// </summary>
    public static TimeSpan Pace(TimeSpan shortest, long requests, int percent, IEnumerable<(TimeSpan Span, long Limit)> limits) =>
        limits.Select(limit => limit.Span * (requests * 100.0 / (percent * (double)limit.Limit))).Append(shortest).Max();

    /// <summary>How often a tip is asked for where there is room: about once for each that is taken for one, and no less often than said.</summary>
    public static TimeSpan PollEvery(Network network, int mostSeconds) => network.Family is ChainFamily.Solana
        ? TimeSpan.FromSeconds(mostSeconds)
        : TimeSpan.FromSeconds(Math.Clamp(
            network.BlockTime.TotalSeconds * (network.Family is ChainFamily.Evm ? EvmRules.Stride(network) : 1), 1, mostSeconds));

    /// <summary>
    /// Whether a follower is late: it stood at no provider's tip for longer than some polls and the usual pace of checks take, or there was
    /// no block for as long as hardly ever happens.
    /// </summary>
    public static bool IsLate(FollowerState follower, TimeSpan blockTime, TimeSpan poll, TimeSpan check, DateTimeOffset now) =>
        now - follower.CaughtUpAt > Max(4 * poll, 1.5 * check) || now - follower.AdvancedAt > Max(15 * blockTime, 1.5 * check);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
