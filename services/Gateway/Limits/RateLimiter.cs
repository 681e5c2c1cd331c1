using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Gateway;

/// <summary>What each API key may still ask.</summary>
internal sealed class RateLimiter(IOptions<RateLimitOptions> options, TimeProvider time)
    : TokenBuckets<Guid>(options.Value.Burst, options.Value.PerSecond, time)
{
    /// <summary>The rule as the RateLimit-Policy field says it: the burst, and the seconds in which all of it comes back.</summary>
    public string Policy { get; } = $"\"key\";q={options.Value.Burst};w={Math.Max(1, options.Value.Burst / options.Value.PerSecond)}";
}

/// <summary>A token bucket for each key, kept in whole thousandths so that nothing is lost to rounding.</summary>
internal class TokenBuckets<TKey>(int burst, int perSecond, TimeProvider time) where TKey : notnull
{
    private const int Capacity = 10_000;
    private const long SweepEvery = 1000;
    private readonly long full = burst * 1000L;
    private readonly ConcurrentDictionary<TKey, Bucket> buckets = new();
    // Shared by those who come while there is no room for a bucket of their own.
    private readonly Bucket others = new(burst * 1000L, 0);
    private readonly long began = time.GetTimestamp();
    private long swept;

    /// <summary>Takes the cost if there is enough, and says what is left or how long to wait.</summary>
    public Verdict Take(TKey key, int cost)
    {
        var bucket = BucketOf(key);
        lock (bucket)
        {
            Refill(bucket);
            var price = Math.Min(cost * 1000L, full);
            var allowed = bucket.Left >= price;
            if (allowed)
                bucket.Left -= price;
            // Thousandths come back at `perSecond` a millisecond.
            var wait = allowed ? 0 : (price - bucket.Left + perSecond - 1) / perSecond;
            return new Verdict(allowed, bucket.Left / 1000, TimeSpan.FromMilliseconds(wait),
                TimeSpan.FromMilliseconds((full - bucket.Left) / perSecond));
        }
    }

    /// <summary>Gives back thousandths of what turned out to cost less.</summary>
    public void Return(TKey key, int thousandths)
    {
        var bucket = buckets.GetValueOrDefault(key) ?? others;
        lock (bucket)
            bucket.Left = Math.Min(full, bucket.Left + thousandths);
    }

    // No more than so many, whoever invents keys or addresses, and no look through all of them for each.
    private Bucket BucketOf(TKey key)
    {
        if (buckets.TryGetValue(key, out var known)) return known;
        if (buckets.Count >= Capacity && Now - Interlocked.Read(ref swept) >= SweepEvery)
        {
            Interlocked.Exchange(ref swept, Now);
            DropFull();
        }

        return buckets.Count < Capacity ? buckets.GetOrAdd(key, _ => new Bucket(full, Now)) : others;
    }

    // Of a clock that is never put back: buckets would stay empty for as long as it was.
    private long Now => (long)time.GetElapsedTime(began).TotalMilliseconds;

    private void Refill(Bucket bucket)
    {
        var now = Now;
        if (now <= bucket.At)
            return;
        bucket.Left = now - bucket.At > full / perSecond ? full : Math.Min(full, bucket.Left + (now - bucket.At) * perSecond);
        bucket.At = now;
    }

    // A full bucket is no different from none.
    private void DropFull()
    {
        foreach (var (key, bucket) in buckets)
            lock (bucket)
            {
                Refill(bucket);
                if (bucket.Left == full)
                    buckets.TryRemove(key, out _);
            }
    }

    private sealed class Bucket(long left, long at)
    {
        public long Left { get; set; } = left;
        public long At { get; set; } = at;
    }
}

/// <summary>Whether a cost was taken, what is left of the allowance, when it would be enough and when it is full again.</summary>
internal readonly record struct Verdict(bool Allowed, long Left, TimeSpan RetryAfter, TimeSpan FullIn);
