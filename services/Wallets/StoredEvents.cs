using EventSourcing;
using Npgsql;

namespace Wallets;

/// <summary>What this service stores, and how: events and the rows made of them, in one transaction.</summary>
internal static class StoredEvents
{
    public static EventTypes Types { get; } = EventTypes.Of(
        typeof(UserEvent), typeof(ApiKeyEvent), typeof(LoginLinkEvent), typeof(ShareEvent), typeof(WalletEvent), typeof(TransactionLabelEvent));

    /// <summary>Adds events to a stream, and their rows to the read model, to what the work stores at commit.</summary>
    /// <param name="by">Who did it; null where the service did it by itself.</param>
    public static async Task RecordAsync(
        this Work work, string category, Guid id, IReadOnlyList<WalletsEvent> events, long? expectedVersion, Actor? by, CancellationToken ct)
    {
        List<NewEvent> told = [.. events.Select(@event => NewEvent.Fresh(@event with { By = by }))];
        await ReadModel.WriteAsync(work.Connection, told, ct);
        work.Append(category, id, told, expectedVersion);
    }

    /// <summary>Whether the failure is a row that exists already under this unique index.</summary>
    public static bool IsTaken(this PostgresException exception, string index) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation && exception.ConstraintName == index;
}
