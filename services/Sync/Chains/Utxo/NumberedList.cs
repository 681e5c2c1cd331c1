namespace Sync.Chains.Utxo;

/// <summary>A line of a history that is asked by number; without a height it is unconfirmed.</summary>
internal interface INumbered
{
    string Hash { get; }

    long? Height { get; }
}

/// <summary>
/// Finds a place again in a history that is asked by number, newest first, whatever came or went on top meanwhile. The list
/// is told up to <see cref="Cap"/>, or as far as a refusal says.
/// </summary>
internal sealed class NumberedList(int pageSize, long cap, TimeProvider clock, Func<ProviderFailure, string, ProviderException> failed)
{
    private const int MaxTries = 30;

    // Asked for a little more than is needed: what came or went meanwhile shifts the list by as much.
    private const int Overlap = 3;

    // A refusal is believed for a while only: it may be withdrawn, or may have been a mistake.
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromMinutes(10);
    private Refusal? refusal;

    /// <summary>The largest number that is told.</summary>
    public long Cap => refusal is { } known && clock.GetUtcNow() < known.Until ? known.Largest : cap;

    /// <summary>Numbers beyond this one were refused.</summary>
    public void Refused(long largest) => refusal = new Refusal(largest, clock.GetUtcNow() + RefusalHolds);

    /// <summary>
    /// The page with the transaction after the place, or with the newest, and where on it to begin. What is asked for tells
    /// a page from a number on, or null beyond the cap.
    /// </summary>
    /// <exception cref="ProviderException">The place is out of reach, or not where it should stand.</exception>
    public async Task<(IReadOnlyList<T> Page, int From, long Offset, bool Full)> FindAsync<T>(Position? after, Func<long, Task<List<T>?>> list)
        where T : INumbered
    {
        var offset = after is null ? 0 : Math.Max(0, Math.Min(Cap, after.Newer - Overlap));
        var (low, high, jump, doubtful) = (0L, long.MaxValue, (long)pageSize, (long?)null);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await list(offset) is { } page)
            {
                var full = page.Count >= pageSize;
                var end = offset + page.Count;
                var top = page.FindIndex(line => line.Height is not null);
                if (after is null)
                {
                    if (top >= 0 || !full) return (page, top < 0 ? page.Count : top, offset, full);
                    offset = end;
                    continue;
                }

                var at = page.FindIndex(line => line.Hash == after.Txid && line.Height is not null);
                if (at >= 0)
                {
                    if (!full || at < pageSize / 2) return (page, at + 1, offset, full);
                    if (offset + at - Overlap <= Cap)
                    {
                        offset += at - Overlap;
                        continue;
                    }

                    // A full page with nothing new on it would pass for the end.
                    return at < pageSize - 2 ? (page, at + 1, offset, full) : throw TooDeep();
                }

                var (newest, oldest) = top < 0
                    ? (long.MaxValue, long.MaxValue) : (page[top].Height!.Value, page.FindLast(line => line.Height is not null)!.Height!.Value);
                var isBelow = full && oldest >= after.Height;
                var isAbove = offset > 0 && (page.Count == 0 || newest <= after.Height);
                if (isBelow && isAbove) doubtful ??= offset;
                if (isBelow) low = Math.Max(low, end);
                else if (isAbove) high = Math.Min(high, offset);
                else high = low;
            }
            else if (Cap < offset - 1 && low <= Cap)
            {
                // Only the last page that it still tells may reach the place.
                (offset, high) = (Cap, long.MaxValue);
                continue;
            }
            else
            {
                // Refused without a word on how far it tells: the place is above, or out of reach.
                high = Math.Min(high, offset);
            }

            if (low > Cap) throw TooDeep();
            if (low >= high)
            {
                // A block with more than a page of transactions: having looked below, look above.
                if (doubtful is not { } above) throw failed(ProviderFailure.Contradiction, $"does not list {after?.Txid} any more");
                (low, high, jump, doubtful) = (0, above, pageSize, null);
            }

            offset = Math.Min(Cap,
                high == long.MaxValue ? Math.Max(low, low + jump - pageSize)
                : low > 0 ? low + ((high - low) / 2 / pageSize * pageSize)
                : Math.Max(0, high - jump));
            jump *= 2;
        }

        throw failed(ProviderFailure.Contradiction, $"does not list {after?.Txid} where it should stand");
    }

    private sealed record Refusal(long Largest, DateTimeOffset Until);

    private ProviderException TooDeep() => failed(ProviderFailure.OutOfReach, $"tells a history no further than {Cap} transactions down");
}
