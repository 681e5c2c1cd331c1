using EventSourcing;
using Npgsql;

namespace Wallets;

/// <summary>What this service stores, and how: events and the rows made of them, in one transaction.</summary>
internal static class StoredEvents
{
    public static EventTypes Types { get; } = EventTypes.Of(typeof(UserEvent), typeof(ApiKeyEvent), typeof(WalletEvent));

    /// <summary>Adds events to a stream, and their rows to the read model, to what the work stores at commit.</summary>
    public static async Task RecordAsync(
        this Work work, string category, Guid id, IReadOnlyList<object> events, long expectedVersion, CancellationToken ct)
    {
        await ReadModel.WriteAsync(work.Connection, events, ct);
        work.Append(category, id, [.. events.Select(NewEvent.Fresh)], expectedVersion);
    }

    /// <summary>Whether the failure is a row that exists already under this unique index.</summary>
    public static bool IsTaken(this PostgresException exception, string index) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation && exception.ConstraintName == index;
}
