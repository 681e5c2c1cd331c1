using System.Diagnostics;
using Shouldly;
using Xunit;

namespace Testing;

/// <summary>Waits for a condition by asking again until a deadline; the failure shows the last value seen.</summary>
public static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns as soon as the condition holds.</summary>
    public static Task Is(Func<bool> condition, string because, TimeSpan? timeout = null) =>
        Is(() => Task.FromResult(condition()), because, timeout);

    /// <summary>Returns as soon as the condition holds.</summary>
    public static async Task Is(Func<Task<bool>> condition, string because, TimeSpan? timeout = null) =>
        await Get(condition, static held => held, because, timeout);

    /// <summary>Reads until the value is as expected and returns it. A read that throws counts as "not yet".</summary>
    public static async Task<T> Get<T>(Func<Task<T>> read, Func<T, bool> expected, string because, TimeSpan? timeout = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var limit = timeout ?? Usual;
        var started = Stopwatch.StartNew();
        object? seen;
        do
        {
            try
            {
                var value = await read();
                if (expected(value)) return value;
                seen = value;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                seen = failure;
            }

            await Task.Delay(Pause, cancellation);
        }
        while (started.Elapsed < limit);

        throw new ShouldAssertException($"Not within {limit.TotalSeconds:0.#} s: {because}. Last seen: {seen ?? "nothing"}");
    }
}
