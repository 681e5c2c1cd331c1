using System.Data;
using System.Globalization;
using Npgsql;
using Postgres;

namespace Portfolio.Rebuilding;

/// <summary>Proves live and rebuilt rows equal, or names what differs.</summary>
internal sealed class Verification(NpgsqlDataSource live, Rebuild rebuild, TextWriter output)
{
    private const int Rounds = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>True where every row of every projection is the same on both sides.</summary>
    public async Task<bool> RunAsync(IReadOnlyList<ProjectionTable> tables, CancellationToken ct)
    {
        for (var round = 1; ; round++)
        {
            await rebuild.CatchUpAsync(toHeads: false, ct);
            var compared = await CompareAsync(tables, ct);
            if (compared.TrueForAll(table => table.Different == 0)) return Report(compared, "equal");

            // What a source purged since the live inbox read it cannot be replayed any more, and looks like a difference
            // until that inbox has read of the purge as well. A real one stays.
            var heads = await rebuild.HeadsAsync(ct);
            if (round == Rounds) return Report(compared, "different");
            await output.WriteLineAsync("some rows differ: compared once more when the live inboxes have read on");
            if (!await rebuild.LiveReachesAsync(heads, Patience, ct))
            {
                await output.WriteLineAsync("the live inboxes do not reach their logs' heads (is the service running?): what was purged there " +
                    "since shows as different");
                return Report(compared, "different");
            }
        }
    }

    private async Task<List<Compared>> CompareAsync(IReadOnlyList<ProjectionTable> tables, CancellationToken ct)
    {
        await using var snapshot = await live.OpenConnectionAsync(ct);
        await using var transaction = await rebuild.MeetAsync(atHead: false, async _ =>
        {
            // Taken while the live checkpoints stand still, kept when they go on.
            var taken = await snapshot.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
            await using var take = new NpgsqlCommand("set transaction read only; select txid_current_if_assigned()", snapshot);
            await take.ExecuteNonQueryAsync(ct);
            return taken;
        }, ct);
        await ReportPositionsAsync(snapshot, ct);

        var compared = new List<Compared>();
        foreach (var table in tables) compared.Add(await TableComparison.RunAsync(snapshot, table, ct));
        return compared;
    }

    private async Task ReportPositionsAsync(NpgsqlConnection snapshot, CancellationToken ct)
    {
        var (at, same) = await snapshot.QuerySingleAsync<(string? At, bool Same)>($"""
            select string_agg(format('%s %s', source, l.read_to), ', ' order by source), coalesce(bool_and(l.read_to = r.read_to), true)
            from public.inbox_checkpoints l left join {RebuiltSchema.Name}.inbox_checkpoints r using (source)
            """, null, ct);
        if (!same) throw new RebuildException("The live inboxes moved on while their checkpoints were locked.");
        await output.WriteLineAsync($"comparing at {at ?? "the beginning"}");
    }

    private bool Report(List<Compared> compared, string verdict)
    {
        foreach (var table in compared)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{table.Table,-20} {table.Live,12:N0} rows, {table.Rebuilt,12:N0} rebuilt, {table.Different,8:N0} different"));
            foreach (var difference in table.First) output.WriteLine($"  {difference}");
        }

        var rows = compared.Sum(table => Math.Max(table.Live, table.Rebuilt));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows compared: {verdict}"));
        return verdict == "equal";
    }
}
