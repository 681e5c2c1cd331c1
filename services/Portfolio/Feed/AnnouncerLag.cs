using Npgsql;
using Portfolio.Deposits;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Feed;

/// <summary>Tells how much waits to be told, and since when, whether anybody tells or not.</summary>
internal sealed class AnnouncerLag(NpgsqlDataSource database, TimeProvider clock, ILogger<AnnouncerLag> log)
    : RecurringWork(TimeSpan.FromSeconds(5), clock, log)
{
    private const string Sql = """
        select (select count(*) from feed_marks) + (select count(*) from feed_facts) + (select count(*) from feed_goings) as waiting,
               coalesce(extract(epoch from now() - least((select min(marked_at) from feed_marks), (select min(marked_at) from feed_facts),
                   (select min(marked_at) from feed_goings)))::float8, 0) as age,
               (select count(*) from deposits where status <> 'completed' and status = 'pending') as pending,
               (select count(*) from deposits where status = 'processing') as processing,
               (select count(*) from address_imports where not done) as importing
        """;

    protected override string Postponed => "What waits to be told is counted later";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var (waiting, age, pending, processing, importing) =
            await database.QuerySingleAsync<(long Waiting, double Age, long Pending, long Processing, long Importing)>(Sql, null, ct);
        PortfolioMetrics.Waiting.Record(waiting);
        PortfolioMetrics.Oldest.Record(age);
        PortfolioMetrics.OpenDeposits.Record(pending, new KeyValuePair<string, object?>("status", DepositStatus.Pending));
        PortfolioMetrics.OpenDeposits.Record(processing, new KeyValuePair<string, object?>("status", DepositStatus.Processing));
        PortfolioMetrics.Importing.Record(importing);
        return false;
    }
}
