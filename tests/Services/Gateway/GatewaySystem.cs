using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ServiceDefaults;
using Testing;
using Xunit;

namespace Services.Gateway;

/// <summary>The gateway itself before three stand-ins for the services, all on local ports. The stand-ins check tokens as the services do
/// and tell what reached them.</summary>
internal sealed class GatewaySystem : IAsyncDisposable
{
    public const string Key = "wt_test_0123456789abcdef0123456789abcdef";
    public static readonly Guid KeyId = Guid.Parse("0198a5d2-0000-7000-8000-000000000002");
    /// <summary>How long a stream of a stand-in says nothing.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5);

    public static readonly Guid UserId = Guid.Parse("0198a5d2-0000-7000-8000-000000000001");

    private readonly Dictionary<string, WebApplication> services = [];
    private WebApplication? gateway;

    /// <summary>What Wallets knows: by hash, the body of its answer.</summary>
    public ConcurrentDictionary<string, object> Grants { get; } = [];

    /// <summary>How often Wallets was asked for a key.</summary>
    public int LookUps => lookUps;
    private int lookUps;

    /// <summary>Lets look-ups wait until it is completed.</summary>
    public TaskCompletionSource? HoldLookUps { get; set; }

    /// <summary>What the gateway logged, each line with its exception.</summary>
    public IReadOnlyCollection<string> Lines => lines.All;
    private readonly Collected lines = new();

    public HttpClient Client { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // A client may send what it likes.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    });

    public static async Task<GatewaySystem> StartAsync(params (string Key, string Value)[] settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var system = new GatewaySystem();
            try
            {
                await system.StartAllAsync(settings);
                return system;
            }
            catch (IOException) when (attempt < 3)
            {
                // Somebody else took one of the ports meanwhile.
                await system.DisposeAsync();
            }
        }
    }

    private async Task StartAllAsync((string Key, string Value)[] settings)
    {
        var ports = new[] { "gateway", "wallets", "sync", "portfolio" }.ToDictionary(name => name, _ => $"http://127.0.0.1:{FreePort.Next()}");
        foreach (var name in Routes.Services)
            services[name] = await StartServiceAsync(name, ports);

        var builder = Builder("gateway", ports, settings);
        builder.AddServiceDefaults("gateway").AddGateway();
        builder.Logging.AddProvider(lines);
        gateway = builder.Build();
        await gateway.MapGateway().StartAsync(TestContext.Current.CancellationToken);
        Client.BaseAddress = new Uri(ports["gateway"]);
        Grant(Key, new
        {
            keyId = KeyId, userId = UserId, scopes = (string[])["wallets:read", "wallets:write", "portfolio:read"],
            walletIds = (Guid[]?)null, expiresAt = (DateTimeOffset?)null
        });
    }

    public void Grant(string key, object answer) => Grants[ApiKey.Parse(key)!.Hash] = answer;

    /// <summary>Has Wallets know somebody whom an identity provider names.</summary>
    public void GrantUser(string name, object answer) => Grants[$"user {name}"] = answer;

    public void Revoke(string key) => Grants.TryRemove(ApiKey.Parse(key)!.Hash, out _);

    /// <summary>Where a stand-in listens, to call it without the gateway.</summary>
    public Uri AddressOf(string name) => new(services[name].Urls.Single());

    public Task StopGatewayAsync() => gateway!.StopAsync(TestContext.Current.CancellationToken);

    public Task StopServiceAsync(string name) => services[name].StopAsync(TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> GetAsync(string path, string? key = Key, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, key, null, headers);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? key = Key, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        HoldLookUps?.TrySetResult();
        if (gateway is not null)
            await gateway.DisposeAsync();
        foreach (var service in services.Values)
            await service.DisposeAsync();
    }

    private static WebApplicationBuilder Builder(string name, Dictionary<string, string> ports, params (string Key, string Value)[] settings)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Error",
            ["Kestrel:Endpoints:First:Url"] = ports[name],
            ["Identity:PrivateKey"] = Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
        });
        builder.Configuration.AddInMemoryCollection(ports.Select(port => KeyValuePair.Create($"Identity:Issuers:{port.Key}", (string?)port.Value)));
        builder.Configuration.AddInMemoryCollection(ports.Select(port => KeyValuePair.Create($"Services:{port.Key}", (string?)port.Value)));
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        return builder;
    }

    private async Task<WebApplication> StartServiceAsync(string name, Dictionary<string, string> ports)
    {
        var app = Builder(name, ports).AddServiceDefaults(name).Build();
        app.MapServiceDefaults();
        app.MapPost("/internal/api-keys/verify", (KeyQuestion question) => VerifyAsync(question.Hash ?? HashOf(question.KeyId!.Value)))
            .InternalOnly("gateway");
        app.MapPost("/internal/sessions", (NewSession session) =>
        {
            if (!Grants.TryGetValue(session.Key ?? "", out var of)) throw new DomainException("key-not-found", "There is no such key.");
            Grants[session.Hash] = JsonSerializer.SerializeToElement(new
            {
                keyId = Guid.CreateVersion7(), userId = UserId, scopes = (string[])["portfolio:read"], sessionOf = KeyId,
                expiresAt = DateTimeOffset.UtcNow.AddHours(12),
            });
            return Results.Json(Grants[session.Hash]);
        }).InternalOnly("gateway");
        app.MapDelete("/internal/sessions/{keyId:guid}", (Guid keyId) =>
        {
            Grants.TryRemove(HashOf(keyId), out _);
            return TypedResults.NoContent();
        }).InternalOnly("gateway");
        app.MapPost("/internal/shares/verify", (KeyQuestion question) => VerifyAsync(question.Hash!)).InternalOnly("gateway");
        app.MapGet("/api/v1/shared", (Caller caller) => Echo(name, caller.Share!.Label, caller)).RequireShare();
        app.MapPost("/internal/users/verify", (UserQuestion question) => VerifyAsync($"user {question.Name}")).InternalOnly("gateway");
        app.MapPost("/api/v1/wallets", (NewWallet wallet) => TypedResults.Ok(wallet)).RequireScope(Scopes.WalletsWrite)
            .WithProblems("invalid-address");
        app.MapGet("/api/v1/wallets/{id:guid}", (Guid id, Caller caller) => Echo(name, id.ToString(), caller)).RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found");
        app.MapGet("/api/v1/users", (Caller caller) => Echo(name, "", caller)).RequireScope(Scopes.Admin);
        app.MapDelete("/api/v1/api-keys/{id}", (string id) => TypedResults.NoContent()).RequireScope(Scopes.WalletsRead);
        app.MapGet("/api/v1/balances", (HttpContext context) =>
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())).RequireScope(Scopes.PortfolioRead);
        app.MapGet("/api/v1/portfolio", async (CancellationToken ct) => await Task.Delay(Timeout.Infinite, ct)).RequireScope(Scopes.PortfolioRead);
        app.MapGet("/api/v1/portfolio/unchanged", () => Results.StatusCode(StatusCodes.Status304NotModified)).RequireScope(Scopes.PortfolioRead);
        app.MapMethods("/api/v1/wallets/{id}/sync", ["GET", "POST", "DELETE"], (string id, Caller caller) => Echo(name, id, caller))
            .RequireScope(Scopes.WalletsRead);
        app.MapGet("/api/v1/events", (HttpContext context, Caller caller, string? after) => StreamAsync(name, context, caller))
            .RequireScope(Scopes.PortfolioRead);
        var sockets = ((IApplicationBuilder)app).New();
        sockets.UseWebSockets();
        sockets.Run(context => TalkAsync(name, context));
        app.MapGet("/ws", sockets.Build()).RequireScope(Scopes.PortfolioRead);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private async Task<IResult> VerifyAsync(string asked)
    {
        Interlocked.Increment(ref lookUps);
        if (HoldLookUps is { } hold)
            await hold.Task;
        return Grants.TryGetValue(asked, out var answer)
            ? answer is DomainException refusal ? throw refusal : Results.Json(answer)
            : throw new DomainException("key-not-found", "There is no such key.");
    }

    private string HashOf(Guid keyId) => Grants.FirstOrDefault(grant => grant.Value is not DomainException
        && JsonSerializer.SerializeToElement(grant.Value).GetProperty("keyId").GetGuid() == keyId).Key ?? "";

    // Says who came, and lives on.
    private static async Task StreamAsync(string service, HttpContext context, Caller caller)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(Echo(service, $"{context.Request.QueryString}", caller))}\n\n");
        await context.Response.Body.FlushAsync();
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await Task.Delay(Silence, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await context.Response.WriteAsync("data: still here\n\n", CancellationToken.None);
            await context.Response.Body.FlushAsync(CancellationToken.None);
        }
    }

    // The same, and says again whatever is said.
    private static async Task TalkAsync(string service, HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var who = Echo(service, $"{context.Request.QueryString}", context.Features.Get<Caller>()!);
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(who), WebSocketMessageType.Text, true, context.RequestAborted);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text } said)
                await socket.SendAsync(buffer.AsMemory(0, said.Count), WebSocketMessageType.Text, true, context.RequestAborted);
            await socket.CloseAsync((WebSocketCloseStatus)1012, "0:1", context.RequestAborted);
        }
        catch (WebSocketException)
        {
            // It was cut.
        }
    }

    private sealed class Collected : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{formatter(state, exception)} {exception}".Trim());

        public void Dispose() { }
    }

    private static Reached Echo(string service, string id, Caller caller) =>
        new(service, id, caller.UserId, [.. caller.Scopes.Order()], caller.Wallets is { } wallets ? [.. wallets] : null);

    internal sealed record Reached(string Service, string Id, Guid UserId, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? Wallets);

    internal sealed record NewWallet(string Label);

    private sealed record NewSession(string Hash, string? Key = null, string? Link = null);

    private sealed record KeyQuestion(string? Hash = null, Guid? KeyId = null);

    private sealed record UserQuestion(string Name);
}
