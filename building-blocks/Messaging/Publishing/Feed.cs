using System.Text.Json;
using Contracts;
using EventSourcing;

namespace Messaging;

/// <summary>A contract as the feed returns it.</summary>
internal sealed record FeedEntry(string Type, JsonElement Body);

/// <summary>
/// A stretch of a source's log: the contracts in it, the last position read (the events up to it that no contract stands for
/// are private), and the log's head. <paramref name="Lost"/>: whoever asks has read what this log, restored from a backup,
/// no longer holds.
/// </summary>
internal sealed record FeedPage(string Source, long Head, long UpTo, IReadOnlyList<FeedEntry> Contracts, bool Lost = false);

/// <summary>What the service's log published, for those who missed something: the same contracts as on the bus.</summary>
internal sealed class Feed(EventStore store, ContractReader contracts)
{
    /// <summary>The most events that one page covers.</summary>
    public const int MostEvents = 1000;

    /// <summary>The contracts after a position, of at most so many events, and of none beyond <paramref name="upTo"/>.</summary>
    public async Task<FeedPage> ReadAsync(long after, int limit, long? upTo, CancellationToken ct)
    {
        var most = Math.Clamp(limit, 1, MostEvents);
        // Read before the events, so that whatever stands up to it is among them.
        var end = await store.EndAsync(after, ct);
        IReadOnlyList<StoredEvent> events = await store.ReadLogAsync(after, most, ct);
        var whole = events.Count < most;
        if (upTo is { } last && events.Count > 0 && events[^1].Position > last)
        {
            events = [.. events.TakeWhile(stored => stored.Position <= last)];
            whole = true;
        }

        var readTo = events.Count == 0 ? after : events[^1].Position;
        if (whole) readTo = Math.Max(readTo, Math.Min(end.Position, upTo ?? end.Position));
        var entries = contracts.Read(events, after).Select(mapped => Write(mapped.Contract)).ToList();
        var head = events.Count == 0 ? end.Position : Math.Max(end.Position, events[^1].Position);
        return new FeedPage(contracts.Source, head, readTo, entries, end.Lost);
    }

    /// <summary>Whether this service has the contract's type.</summary>
    public static bool IsKnown(string source, FeedEntry entry) => Sources.ContractsOf(source).Any(type => type.Name == entry.Type);

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
