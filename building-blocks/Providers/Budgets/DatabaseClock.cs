using Npgsql;
using NpgsqlTypes;

namespace Providers;

/// <summary>The time that all processes share.</summary>
public static class DatabaseClock
{
    /// <summary>
    /// The time as the budgets' SQL takes it. Processes' clocks differ, so the system's is none of them but the database's,
    /// which null stands for; any other clock is a simulated one and counts as it is.
    /// </summary>
    public static NpgsqlParameter AsParameter(this TimeProvider clock) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        Value = ReferenceEquals(clock, TimeProvider.System) ? DBNull.Value : clock.GetUtcNow().ToUniversalTime(),
    };
}
