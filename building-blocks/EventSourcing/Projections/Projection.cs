using Npgsql;

namespace EventSourcing;

/// <summary>
/// Turns events into a read model's rows. Given the same events it makes the same rows: no clock, no new ids, no I/O but
/// its own rows. It may see a batch again only if the batch's transaction was undone.
/// </summary>
public interface IProjection
{
    /// <summary>The checkpoint's name; another name means another read model that starts from nothing.</summary>
    string Name { get; }

    /// <summary>Applies events, in log order, on the given connection's transaction.</summary>
    Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken ct);

    /// <summary>Empties the read model, for a rebuild.</summary>
    Task ResetAsync(NpgsqlConnection connection, CancellationToken ct);
}
