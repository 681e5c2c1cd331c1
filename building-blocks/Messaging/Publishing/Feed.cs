using System.Text.Json;
using Contracts;
using EventSourcing;

namespace Messaging;

/// <summary>A contract as the feed tells it.</summary>
internal sealed record FeedEntry(string Type, JsonElement Body);

/// <summary>
/// A stretch of a source's log: the contracts in it, the last position read (the events up to it that no contract tells
/// are private), and the log's head.
/// </summary>
internal sealed record FeedPage(string Source, long Head, long UpTo, IReadOnlyList<FeedEntry> Contracts);

/// <summary>What the service's log told the others, for those who missed something: the same contracts as on the bus.</summary>
internal sealed class Feed(EventStore store, ContractReader contracts)
{
    /// <summary>The most events that one page covers.</summary>
    public const int MostEvents = 1000;

    public async Task<FeedPage> ReadAsync(long after, int limit, CancellationToken ct)
    {
        var events = await store.ReadLogAsync(after, Math.Clamp(limit, 1, MostEvents), ct);
        // Read after the events, so that the head is never behind them.
        var head = await store.HeadAsync(ct);
        var entries = contracts.Read(events, after).Select(told => Write(told.Contract)).ToList();
        return new FeedPage(contracts.Source, head, events.Count == 0 ? after : events[^1].Position, entries);
    }

    /// <exception cref="NotSupportedException">The source is newer than this service and says something it does not know.</exception>
    public static Contract Read(string source, FeedEntry entry)
    {
        var type = Sources.ContractsOf(source).FirstOrDefault(type => type.Name == entry.Type)
            ?? throw new NotSupportedException($"'{source}' says a '{entry.Type}', which this version does not know.");
        return (Contract)entry.Body.Deserialize(type, JsonSerializerOptions.Web)!;
    }

    internal static FeedEntry Write(Contract contract) =>
        new(contract.GetType().Name, JsonSerializer.SerializeToElement(contract, contract.GetType(), JsonSerializerOptions.Web));
}
