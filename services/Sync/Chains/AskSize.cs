namespace Sync.Chains;

/// <summary>
/// How much a provider is asked for at once. What is too much for it is asked in halves, down to one; the size that it answered is
/// remembered, and doubled again after a while. What fails at one too was not too much: then nothing is remembered, or a single address
/// would slow down all others.
/// </summary>
internal sealed class AskSize(int most, TimeProvider? clock = null)
{
    private static readonly TimeSpan GrowsAfter = TimeSpan.FromMinutes(1);

    // A slice lasts seconds; who comes again begins where this ended.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly TimeProvider time = clock ?? TimeProvider.System;
    private readonly Lock changing = new();
    private readonly int largest = most;
    private int size = most;
    private long changed;

    /// <summary>The answer to the question of a size, which is no larger than what is wanted.</summary>
    /// <exception cref="ProviderException">There is none, to a smaller one either.</exception>
    public async Task<T> AskAsync<T>(Func<int, Task<T>> ask, int wanted = int.MaxValue)
    {
        int before;
        lock (changing) before = size;
        var started = time.GetTimestamp();
        for (var asked = Math.Min(before, Math.Max(1, wanted)); ; asked = Math.Max(1, asked / 2))
        {
            try
            {
                var answer = await ask(asked);
                Answered(asked);
                return answer;
            }
            catch (ProviderException e) when (e.MayBeTooMuch)
            {
                Set(asked > 1 ? asked / 2 : before);
                if (asked == 1 || time.GetElapsedTime(started) > Patience) throw;
            }
        }
    }

    private void Answered(int asked)
    {
        lock (changing)
        {
            if (asked < size || size == largest || time.GetElapsedTime(changed) < GrowsAfter) return;
            (size, changed) = (Math.Min(largest, size * 2), time.GetTimestamp());
        }
    }

    private void Set(int to)
    {
        lock (changing) (size, changed) = (to, time.GetTimestamp());
    }
}
