using System.Globalization;
using System.Text.Json;
using Hammer;
using Npgsql;
using Providers;
using Sync;
using Sync.Providers;

// One process of a test that hammers a budget: asks as fast as it may, in the time of the test's world, until it ends.
string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");
long Number(string name) => long.Parse(Setting(name), CultureInfo.InvariantCulture);

var process = Setting("HAMMER_PROCESS");
var isUrgent = Setting("HAMMER_URGENT") == "1";
var random = new Random((int)Number("HAMMER_SEED"));
using var clock = await WorldTime.ConnectAsync((int)Number("HAMMER_CLOCK"), process);
await using var database = NpgsqlDataSource.Create(Setting("HAMMER_DATABASE"));
var pauses = new ProviderPauses(database, clock);
var limits = new BudgetOptions { PerHour = Number("HAMMER_HOUR"), PerDay = Number("HAMMER_DAY"), PerMonth = Number("HAMMER_MONTH") };
using var budget = new RequestBudget("hammered", (int)Number("HAMMER_SECOND"), limits, pauses, database, clock, SyncMetrics.Providers,
    (int)Number("HAMMER_LARGEST_BATCH"));
using var http = new HttpClient(new LateHandler(clock, process, isUrgent, random,
    (int)Number("HAMMER_LATE")))
{ BaseAddress = new Uri(Setting("HAMMER_URL")), Timeout = Timeout.InfiniteTimeSpan };
// Nothing hangs in that world, so time-outs are put where they never come.
var options = new ProviderOptions { Name = "hammered", Kind = "esplora", TimeoutSeconds = 120, AnswerSeconds = 300 };
using var client = new ProviderClient(http, "bitcoin", options, budget, pauses, new ProviderUsage(database, clock), clock,
    SyncMetrics.Providers);

var questions = (int)Number("HAMMER_BATCH");
var (end, think, everyDays) = (new DateTimeOffset(Number("HAMMER_END"), TimeSpan.Zero), (int)Number("HAMMER_THINK"), (int)Number("HAMMER_DAYS"));
RequestPriority.Set(isUrgent);
while (clock.GetUtcNow() < end)
{
    // Every so many days it has a day of asking.
    if (clock.GetUtcNow().Day % everyDays != 0)
    {
        await clock.SleepAsync(TimeSpan.FromHours(1));
        continue;
    }

    try
    {
        using var body = questions == 1
            ? await client.GetAsync("ask", "ask", "application/json", CancellationToken.None)
            : await client.PostAsync(JsonSerializer.SerializeToUtf8Bytes(new int[questions]), "ask", questions, CancellationToken.None);
        if (think > 0) await clock.SleepAsync(TimeSpan.FromSeconds(random.Next(2 * think)));
    }
    catch (ProviderException e) when (e.Failure is ProviderFailure.RateLimited)
    {
        await clock.SleepAsync(e.RetryAfter!.Value);
    }
}

await clock.EndAsync();
