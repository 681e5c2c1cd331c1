using System.Diagnostics;
using System.Net;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A process that leaves migrations to others, and slices of some networks too.</summary>
public sealed class AwaitingItsSchema(TestDatabase database, TestBroker broker) : IClassFixture<TestDatabase>, IClassFixture<TestBroker>
{
    private readonly Uri address = new($"http://127.0.0.1:{FreePort.Next()}");

    [Fact]
    public async Task it_says_what_it_waits_for_until_the_schema_is_there_and_fetches_only_what_it_shall()
    {
        await using var sync = new ServiceProcess("sync", Repository.Program("Sync"), Settings(), new Uri(address, "/health/ready"));
        using var http = new HttpClient { BaseAddress = address };
        sync.Launch();
        var waiting = await Eventually.Get(() => WaitingAsync(http), answer => answer.Length > 0, "it answers");
        waiting.ShouldStartWith("503");
        waiting.ShouldContain("\"schema\"");
        waiting.ShouldContain("the schema lacks the migration EventSourcing 0005-log");
        (await http.GetAsync("/health/live", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync("/api/v1/networks", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        var (code, told) = await MigrateAsync();
        code.ShouldBe(0, told);
        told.ShouldContain("the database has this program's schema");
        (await MigrateAsync()).Code.ShouldBe(0);

        // Its feed is nobody's here, so it is not ready; but it serves.
        await Eventually.Is(async () => (await http.GetAsync("/openapi/v1.json")).IsSuccessStatusCode, "it serves", TimeSpan.FromSeconds(60));
        await Eventually.Is(() => HasQueueAsync("fetch-bitcoin-retries-quorum"), "it fetches slices of bitcoin", TimeSpan.FromSeconds(60));
        (await HasQueueAsync("wallet-sync-quorum")).ShouldBeTrue();
        (await HasQueueAsync("fetch-litecoin-interactive-quorum")).ShouldBeFalse();
        await sync.Stop();
    }

    [Fact]
    public async Task asked_to_stop_while_it_waits_for_its_database_it_ends()
    {
        var settings = Settings();
        settings["ConnectionStrings__Database"] = "Host=127.0.0.1;Port=1;Database=nowhere;Username=nobody";
        await using var sync = new ServiceProcess("sync", Repository.Program("Sync"), settings, new Uri(address, "/health/ready"));
        using var http = new HttpClient { BaseAddress = address };
        sync.Launch();
        var waiting = await Eventually.Get(() => WaitingAsync(http), answer => answer.Length > 0, "it answers");
        waiting.ShouldContain("the database does not answer yet");
        waiting.ShouldNotContain("127.0.0.1");

        await sync.Stop();
    }

    private static async Task<string> WaitingAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/health/ready");
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }

    private async Task<bool> HasQueueAsync(string queue)
    {
        var factory = new ConnectionFactory { Uri = broker.Uri };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await channel.QueueDeclarePassiveAsync(queue);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    private async Task<(int Code, string Told)> MigrateAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program("Sync"), "migrate"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Nothing else of the service's settings.
        start.Environment["ConnectionStrings__Database"] = database.ConnectionString;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }

    private Dictionary<string, string> Settings()
    {
        using var identity = new TestIdentity("sync");
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = address.ToString(),
            ["Schema__Migrate"] = "false",
            ["Sync__Networks__0"] = "bitcoin",
            ["ConnectionStrings__Database"] = database.ConnectionString,
            ["RabbitMq__Uri"] = broker.UriOf("sync").ToString(),
            ["Identity__PrivateKey"] = identity.SettingsWith()["Identity:PrivateKey"],
            ["Services__Wallets"] = "http://127.0.0.1:1",
        };
        foreach (var network in new[] { "bitcoin", "litecoin" })
        {
            settings[$"Chains__{network}__Providers__0__Name"] = "nobody";
            settings[$"Chains__{network}__Providers__0__Kind"] = "esplora";
            settings[$"Chains__{network}__Providers__0__BaseUrl"] = "http://127.0.0.1:1/api";
        }

        return settings;
    }
}
