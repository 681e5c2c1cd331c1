using System.Security.Cryptography;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portfolio;
using Portfolio.Feed;
using Portfolio.Rebuilding;
using ServiceDefaults;
using Testing;

namespace Services.Portfolio;

/// <summary>The Portfolio service with the feeds of both its sources in a test's hand, and its command that rebuilds.</summary>
internal sealed class RebuiltPortfolio : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly WebApplication app;

    private RebuiltPortfolio(TestDatabase database, WebApplication app, LoggedSource wallets, LoggedSource sync) =>
        (this.database, this.app, Wallets, Sync) = (database, app, wallets, sync);

    public LoggedSource Wallets { get; }

    public LoggedSource Sync { get; }

    public NpgsqlDataSource Database => app.Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<RebuiltPortfolio> Start(int batchSize = 10)
    {
        var database = new TestDatabase { Schema = Schemas.Portfolio };
        await database.InitializeAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Database"] = database.ConnectionString,
            ["Identity:PrivateKey"] = Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
            ["RabbitMq:Uri"] = "amqp://nobody@127.0.0.1:1/",
            ["Services:wallets"] = "http://wallets",
            ["Services:sync"] = "http://sync",
            ["Messaging:BatchSize"] = $"{batchSize}",
        });
        builder.AddServiceDefaults("portfolio").AddPortfolio();
        builder.Logging.ClearProviders();
        var (wallets, sync) = (new LoggedSource("wallets"), new LoggedSource("sync"));
        builder.Services.AddHttpClient("wallets").ConfigurePrimaryHttpMessageHandler(() => wallets);
        builder.Services.AddHttpClient("sync").ConfigurePrimaryHttpMessageHandler(() => sync);
        var app = builder.Build();
        return new RebuiltPortfolio(database, app, wallets, sync);
    }

    /// <summary>A service whose sources have told a random history, which it has applied.</summary>
    public static async Task<RebuiltPortfolio> Told(int seed, int batchSize = 10)
    {
        var portfolio = await Start(batchSize);
        var history = new RandomHistory(seed);
        portfolio.Wallets.Append(history.WalletsLog);
        portfolio.Sync.Append(history.SyncLog);
        await portfolio.Apply();
        return portfolio;
    }

    /// <summary>The live inboxes apply what the feeds hold.</summary>
    public async Task Apply()
    {
        foreach (var inbox in app.Services.GetServices<Inbox>()) await inbox.PullAsync(CancellationToken.None);
    }

    /// <summary>Tells what there is to tell, until nothing is left.</summary>
    public async Task Announce()
    {
        while (await app.Services.GetRequiredService<Announcing>().StepAsync(null, CancellationToken.None)) { }
    }

    public string? Blocked(string source) => app.Services.GetServices<Inbox>().Single(inbox => inbox.Source == source).State.Blocked;

    public Task<(int Code, string Told)> Rebuild(string option) => RebuildUntil(option, CancellationToken.None);

    public async Task<(int Code, string Told)> RebuildUntil(string option, CancellationToken stopped)
    {
        await using var told = new StringWriter();
        var code = await RebuildCommand.RunAsync([option], app.Services, told, told, stopped);
        return (code, told.ToString());
    }

    public Task<int> RebuildTelling(string option, TextWriter told) =>
        RebuildCommand.RunAsync([option], app.Services, told, told, CancellationToken.None);

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Ask<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await database.DisposeAsync();
        Wallets.Dispose();
        Sync.Dispose();
    }
}
