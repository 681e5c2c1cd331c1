using Npgsql;

namespace EventSourcing;

/// <summary>
/// Turns events into a read model's rows. Given the same events it makes the same rows: no clock, no new ids, no I/O but
/// its own rows.
/// </summary>
public interface IProjection
{
    /// <summary>Applies events, in log order, on the given connection's transaction.</summary>
    Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken ct);

    /// <summary>Empties the read model, for a rebuild.</summary>
    Task ResetAsync(NpgsqlConnection connection, CancellationToken ct);
}
