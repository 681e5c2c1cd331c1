using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>
/// Deletes messages older than feeds are kept, where that is configured. The newest of each feed stays, and so do its number and the
/// log's end; who asks for what is gone is told.
/// </summary>
internal sealed class FeedRetention(NpgsqlDataSource database, IOptions<FeedOptions> options, TimeProvider clock, ILogger<FeedRetention> log)
    : RecurringWork(TimeSpan.FromHours(1), clock, log)
{
    private const int AtOnce = 1_000;
    private readonly TimeProvider clock = clock;
    private readonly ILogger log = log;

    protected override string Postponed => "Messages that are no longer kept are deleted later";

    /// <summary>Deletes some; how many.</summary>
    public async Task<int> TrimAsync(CancellationToken ct)
    {
        if (options.Value.KeepDays is not { } days) return 0;
        var deleted = await database.ExecuteAsync("""
            delete from mt_events where seq_id in (
                select seq_id from mt_events old
                where stream_id like @feeds and timestamp < @before
                      and version < (select max(version) from mt_events newest where newest.stream_id = old.stream_id)
                order by seq_id limit @AtOnce)
            """, new { feeds = $"{FeedMessage.Category}-%", before = clock.GetUtcNow().AddDays(-days), AtOnce }, ct);
        if (deleted > 0) log.LogInformation("{Count} messages older than {Days} days were deleted", deleted, days);
        return deleted;
    }

    protected override async Task<bool> DoAsync(CancellationToken ct) => await TrimAsync(ct) == AtOnce;
}
