using System.Globalization;
using Npgsql;

namespace Benchmarks;

/// <summary>
/// CPU seconds used so far: by this process, and by PostgreSQL's backends of one database where the server runs on this
/// machine (null elsewhere).
/// </summary>
internal readonly record struct Cpu(double Client, double? Server)
{
    private const double TicksPerSecond = 100;

    public static async Task<Cpu> NowAsync(NpgsqlConnection observer)
    {
        await using var command = new NpgsqlCommand(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", observer);
        await using var reader = await command.ExecuteReaderAsync();
        double? server = null;
        while (await reader.ReadAsync())
        {
            var stat = $"/proc/{reader.GetInt32(0)}/stat";
            if (!File.Exists(stat)) continue;
            // Fields 14 and 15 are user and system time; counted after the name, which may hold spaces.
            var fields = (await File.ReadAllTextAsync(stat)).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            server = (server ?? 0) + ((Ticks(fields[11]) + Ticks(fields[12])) / TicksPerSecond);
        }

        return new Cpu(Environment.CpuUsage.TotalTime.TotalSeconds, server);

        static long Ticks(string field) => long.Parse(field, CultureInfo.InvariantCulture);
    }

    public static Cpu operator -(Cpu later, Cpu earlier) => new(later.Client - earlier.Client, later.Server - earlier.Server);
}
