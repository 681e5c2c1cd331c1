using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>Takes an uploaded file in, and stores its rows to be worked off; what is stored is done, whatever becomes of this process.</summary>
internal sealed class BeginImport(Uploads uploads, NpgsqlDataSource database, EventStore store, Answers answers, TimeProvider time)
{
    private const int MostOpen = 5;

    /// <exception cref="DomainException"><c>too-many</c>, <c>body-too-large</c>, or what reading says of the file.</exception>
    public async Task<Accepted<ImportView>> RunAsync(
        HttpRequest request, Caller caller, string kind, bool dryRun, Func<byte[], IReadOnlyList<PlannedRow>> read, CancellationToken ct)
    {
        var open = await database.ScalarAsync<long>(
            "select count(*) from imports where owner_id = @owner and finished_at is null", new { owner = caller.UserId }, ct);
        if (open >= MostOpen) throw new DomainException("too-many", $"{MostOpen} imports of yours are not finished; wait for one of them.");

        IReadOnlyList<PlannedRow> rows;
        try
        {
            rows = await uploads.ReadAsync(request, caller.UserId, read, ct);
        }
        catch (DomainException)
        {
            WalletsMetrics.ImportFiles.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
            throw;
        }

        var (id, now) = (Guid.CreateVersion7(), time.Now());
        var refused = rows.Count(row => row.Refused is not null);
        var answer = TypedResults.Accepted($"/api/v1/imports/{id}", ImportView.Begun(id, kind, dryRun, rows.Count, refused, now));
        await using var work = await store.BeginAsync(ct);
        await ImportRows.InsertAsync(work.Connection, id, kind, caller, dryRun, rows, now, ct);
        await answers.KeepAsync(work, answer, null, ct);
        await work.CommitAsync(ct);
        WalletsMetrics.ImportFiles.Add(1, new KeyValuePair<string, object?>("outcome", "taken"));
        WalletsMetrics.ImportRows.Add(refused, new KeyValuePair<string, object?>("verdict", Verdicts.Refused));
        return answer;
    }
}
