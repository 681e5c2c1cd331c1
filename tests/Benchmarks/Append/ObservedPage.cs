using EventSourcing;

namespace Benchmarks.Append;

internal abstract record SampleEvent
{
    private SampleEvent() { }

    /// <summary>About 650 bytes of JSON, shaped like the facts a ledger holds.</summary>
    public sealed record Observed(
        Guid LedgerId, string Txid, long Height, string BlockHash, DateTimeOffset BlockTime, string Fee, string Delta,
        IReadOnlyList<Party> From, IReadOnlyList<Party> To, int Incarnation) : SampleEvent;

    public sealed record Party(string Address, string Value);
}

/// <summary>Pages of events as a provider's answers become them: ids are facts' names, so they fall anywhere in the index.</summary>
internal static class ObservedPage
{
    public static EventTypes Types { get; } = EventTypes.Of(typeof(SampleEvent));

    public static IReadOnlyList<NewEvent>[] Make(Guid ledger, int events, int perPage, Random random)
    {
        var pages = new IReadOnlyList<NewEvent>[events / perPage];
        for (var page = 0; page < pages.Length; page++) pages[page] = [.. Enumerable.Range(0, perPage).Select(_ => One(ledger, random))];
        return pages;
    }

    private static NewEvent One(Guid ledger, Random random)
    {
        var txid = Hex(random, 32);
        return new(FactId.Of(ledger.ToString(), txid, "observed", "native", "0"), new SampleEvent.Observed(
            ledger, txid, random.Next(800_000, 900_000), Hex(random, 32), DateTimeOffset.UnixEpoch.AddSeconds(random.Next()),
            random.Next(100, 100_000).ToString(), random.NextInt64(-10_000_000_000, 10_000_000_000).ToString(),
            [Party(random), Party(random)], [Party(random), Party(random)], 0));
    }

    private static SampleEvent.Party Party(Random random) => new($"bc1q{Hex(random, 19)}", random.NextInt64(1, 10_000_000_000).ToString());

    private static string Hex(Random random, int bytes)
    {
        Span<byte> filled = stackalloc byte[bytes];
        random.NextBytes(filled);
        return Convert.ToHexStringLower(filled);
    }
}
