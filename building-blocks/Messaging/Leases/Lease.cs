using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>
/// The right to be the only one, held until <see cref="Lost"/> fires. Clocks and pauses can make two processes believe
/// that they hold it, so whoever writes under it calls <see cref="GuardAsync"/> in the same transaction.
/// </summary>
public sealed class Lease
{
    internal Lease(string name, long fence, CancellationToken lost)
    {
        Name = name;
        Fence = fence;
        Lost = lost;
    }

    /// <summary>What it is the right to.</summary>
    public string Name { get; }

    /// <summary>Greater than that of every holder before.</summary>
    public long Fence { get; }

    /// <summary>Fires when the lease could not be renewed in time, was taken over, or its holder is asked to stop.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Makes sure that the lease is still held until the connection's transaction ends: a takeover waits for that.</summary>
    /// <exception cref="LeaseLostException">Somebody else holds it by now.</exception>
    public async Task GuardAsync(NpgsqlConnection connection, CancellationToken ct = default)
    {
        var held = await connection.ScalarAsync<int?>("select 1 from leases where name = @Name and fence = @Fence for share", new { Name, Fence },
            ct);
        if (held is null) throw new LeaseLostException(Name);
    }
}

/// <summary>Another process took the lease over; what was to be written under it is not.</summary>
public sealed class LeaseLostException(string name) : Exception($"The lease '{name}' is held by another process.");
