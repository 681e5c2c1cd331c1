using EventSourcing;
using Npgsql;

namespace Wallets;

/// <summary>What this service stores, and how: events and the rows made of them, in one transaction.</summary>
internal static class StoredEvents
{
    private const int Attempts = 5;

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

    /// <summary>
    /// Stores what a rule says of what is there, and says it anew of what is there then when somebody else changed it at the same moment.
    /// The position of what was stored, or null where there was nothing to store.
    /// </summary>
    /// <exception cref="ServiceDefaults.DomainException">What the rule says, or <c>conflict</c> after too many collisions.</exception>
    public static async Task<long?> DecideAsync<TState, TEvent>(
        this EventStore store, Guid id, Func<TState, IReadOnlyList<TEvent>> rule, Func<TState, Actor> by, CancellationToken ct)
        where TState : IAggregate<TState, TEvent> where TEvent : WalletsEvent
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var (state, version) = await store.LoadAsync<TState, TEvent>(id, ct);
            if (rule(state) is not { Count: > 0 } events) return null;
            try
            {
                await using var work = await store.BeginAsync(ct);
                await work.RecordAsync(TState.Category, id, events, version, by(state), ct);
                return (await work.CommitAsync(ct)).Position;
            }
            catch (WrongVersionException)
            {
                // Somebody else was faster.
            }
        }

        throw new ServiceDefaults.DomainException("conflict", "It is being changed by others all the time; nothing was stored. Try again.");
    }

    /// <summary>Whether the failure is a row that exists already under this unique index.</summary>
    public static bool IsTaken(this PostgresException exception, string index) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation && exception.ConstraintName == index;
}
