using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Shouldly;
using Xunit;

namespace Testing;

/// <summary>
/// The simulator, the four services and servers of their own, each a real process that a test may kill.
/// A class fixture, or started by hand with other settings.
/// </summary>
public sealed class WholeSystem : IAsyncLifetime
{
    private static readonly string[] ServiceNames = ["wallets", "sync", "portfolio", "gateway"];

    private readonly Dictionary<string, string> keys = ServiceNames.ToDictionary(name => name, _ => NewKey());
    private readonly Dictionary<string, Uri> addresses = ServiceNames.Append("simulator").ToDictionary(name =>
        name, _ => new Uri($"http://127.0.0.1:{FreePort.Next()}"));
    private readonly Dictionary<string, ServiceProcess> processes = [];
    private IReadOnlyDictionary<string, string> connections = new Dictionary<string, string>();
    private PrivateServers? servers;
    private IReadOnlyDictionary<string, Uri> accounts = new Dictionary<string, Uri>();
    private HttpClient? script;
    private TestUser? admin;

    /// <summary>More settings for a service, by its name, as environment variables.</summary>
    public Dictionary<string, Dictionary<string, string>> Settings { get; } = [];

    /// <summary>More settings for <c>deploy/local/servers.sh</c>.</summary>
    public Dictionary<string, string> ServerSettings { get; } = [];

    /// <summary>More arguments for the simulator.</summary>
    public string[] SimulatorArguments { get; init; } = [];

    /// <summary>Whether there are two processes of Portfolio, of which whoever asks reaches either.</summary>
    public bool HasTwoPortfolios { get; set; }

    /// <summary>Whether the services reach PostgreSQL and RabbitMQ through <see cref="ToPostgres"/> and <see cref="ToRabbit"/>.</summary>
    public bool IsProxied { get; set; }

    public TcpProxy ToPostgres => toPostgres ?? throw NotStarted();
    private TcpProxy? toPostgres;

    public TcpProxy ToRabbit => toRabbit ?? throw NotStarted();
    private TcpProxy? toRabbit;

    private TcpProxy? toPortfolios;

    public PrivateServers Servers => servers ?? throw NotStarted();

    public ServiceProcess Wallets => processes["wallets"];
    public ServiceProcess Sync => processes["sync"];
    public ServiceProcess Portfolio => processes["portfolio"];
    public ServiceProcess OtherPortfolio => processes["portfolio-2"];
    public ServiceProcess Gateway => processes["gateway"];
    public ServiceProcess Simulator => processes["simulator"];

    /// <summary>The services and the simulator.</summary>
    public IEnumerable<ServiceProcess> Processes => processes.Values;

    /// <summary>The simulator's script, its truth and its counters, under <c>/admin</c>.</summary>
    public HttpClient Script => script ?? throw NotStarted();

    /// <summary>The first administrator.</summary>
    public TestUser Admin => admin ?? throw NotStarted();

    public Uri AddressOf(string service) => addresses[service];

    /// <summary>Settings by which Portfolio is told prices as in the demo: by the simulator's market.</summary>
    public Dictionary<string, string> SimulatedPrices() =>
        File.ReadLines(Path.Combine(Repository.Root, "deploy", "prices", "simulated.env"))
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Replace("http://simulator:8080/", $"{AddressOf("simulator")}", StringComparison.Ordinal));

    /// <summary>Where the gateway speaks TLS, when the servers do (the server setting <c>TLS</c>).</summary>
    public Uri SecureGateway { get; } = new($"https://localhost:{FreePort.Next()}");

    /// <summary>Connects as superuser to a service's database.</summary>
    public string DatabaseOf(string service) =>
        new NpgsqlConnectionStringBuilder(Servers.AdminConnectionString) { Database = service, MaxPoolSize = 10 }.ConnectionString;

    /// <summary>Makes a system with other settings than a class fixture's and starts it.</summary>
    public static async Task<WholeSystem> Start(Action<WholeSystem>? configure = null, params string[] simulatorArguments)
    {
        var system = new WholeSystem { SimulatorArguments = simulatorArguments };
        configure?.Invoke(system);
        try
        {
            await system.InitializeAsync();
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync()
    {
        Add("simulator", "ChainSimulator", "/admin/health", ["--urls", addresses["simulator"].ToString(), .. SimulatorArguments]);
        var simulator = Simulator.Start();
        servers = await PrivateServers.Start(ServerSettings);
        connections = servers.ServiceConnections;
        accounts = servers.BrokerAccounts;
        if (IsProxied) PutProxiesBetween(servers);
        await simulator;
        script = new HttpClient { BaseAddress = addresses["simulator"], Timeout = TimeSpan.FromMinutes(5) };

        var key = await CreateAdmin();
        if (HasTwoPortfolios) AddPortfolios();
        foreach (var name in ServiceNames.Except(processes.Keys)) Add(name, char.ToUpperInvariant(name[0]) + name[1..], "/health/ready", []);
        await Task.WhenAll(processes.Values.Where(process => !process.IsRunning).Select(process => process.Start(TimeSpan.FromMinutes(2))));
        admin = new TestUser(addresses["gateway"], Guid.Empty, key);
        await Eventually.Is(async () => (await admin.Http.GetAsync("/api/v1/health")).IsSuccessStatusCode, "the gateway finds every service ready",
            TimeSpan.FromMinutes(1));
    }

    /// <summary>
    /// Runs a command of a service's program, with the service's settings and these more, and returns how it ended and
    /// what it told.
    /// </summary>
    public async Task<(int Code, string Told)> Command(string service, string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program(char.ToUpperInvariant(service[0]) + service[1..]), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in EnvironmentOf(service)) start.Environment[key] = value;
        foreach (var (key, value) in settings) start.Environment[key] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>A new user with a key for everything but administration.</summary>
    public async Task<TestUser> NewUser(string? email = null)
    {
        var user = await Admin.Post("/api/v1/users", new { email = email ?? $"{Guid.NewGuid():N}@example.com" });
        var id = user.GetProperty("id").GetGuid();
        var key = await Admin.Post("/api/v1/api-keys", new
        {
            label = "test",
            userId = id,
            scopes = (string[])["wallets:read", "wallets:write", "portfolio:read", "webhooks:manage"],
        });
        return new TestUser(addresses["gateway"], id, key.GetProperty("key").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes.Values) await process.DisposeAsync();
        script?.Dispose();
        admin?.Dispose();
        if (toPostgres is not null) await toPostgres.DisposeAsync();
        if (toRabbit is not null) await toRabbit.DisposeAsync();
        if (toPortfolios is not null) await toPortfolios.DisposeAsync();
        if (servers is not null) await servers.DisposeAsync();
    }

    private void PutProxiesBetween(PrivateServers real)
    {
        toRabbit = new TcpProxy(real.AmqpUri.Port);
        accounts = real.BrokerAccounts.ToDictionary(account => account.Key, account =>
            new UriBuilder(account.Value) { Host = "127.0.0.1", Port = toRabbit.Port }.Uri);
        var behind = new NpgsqlConnectionStringBuilder(real.ServiceConnections.Values.First());
        toPostgres = new TcpProxy(behind.Port);
        connections = real.ServiceConnections.ToDictionary(service => service.Key, service =>
            new NpgsqlConnectionStringBuilder(service.Value) { Host = "127.0.0.1", Port = toPostgres.Port }.ConnectionString);
    }

    // One address for both, as an orchestrator gives a service.
    private void AddPortfolios()
    {
        var own = new[] { addresses["portfolio"], new Uri($"http://127.0.0.1:{FreePort.Next()}") };
        toPortfolios = new TcpProxy([.. own.Select(address => address.Port)]);
        addresses["portfolio"] = new Uri($"http://127.0.0.1:{toPortfolios.Port}");
        foreach (var (name, address) in new[] { "portfolio", "portfolio-2" }.Zip(own))
        {
            var environment = EnvironmentOf("portfolio");
            environment["ASPNETCORE_URLS"] = address.ToString();
            processes[name] = new ServiceProcess(name, Repository.Program("Portfolio"), environment, new Uri(address, "/health/ready"));
        }
    }

    private void Add(string name, string project, string health, string[] arguments) =>
        processes[name] = new ServiceProcess(
            name, Repository.Program(project), name == "simulator" ? new Dictionary<string, string>() : EnvironmentOf(name),
            new Uri(addresses[name], health), arguments);

    private Dictionary<string, string> EnvironmentOf(string service)
    {
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = addresses[service].ToString(),
            // Lets a test have a process killed at a named place.
            ["ASPNETCORE_ENVIRONMENT"] = "Testing",
            ["Identity__PrivateKey"] = keys[service],
            ["Services__Wallets"] = addresses["wallets"].ToString(),
            ["Services__Sync"] = addresses["sync"].ToString(),
            ["Services__Portfolio"] = addresses["portfolio"].ToString(),
        };
        if (accounts.TryGetValue(service, out var account)) environment["RabbitMq__Uri"] = account.ToString();
        if (connections.TryGetValue(service, out var connection)) environment["ConnectionStrings__Database"] = connection;
        foreach (var issuer in ServiceNames) environment[$"Identity__Issuers__{issuer}"] = addresses[issuer].ToString();
        if (service == "sync")
        {
            foreach (var network in (string[])["bitcoin", "bitcoin-testnet"])
            {
                var provider = $"Chains__{network}__Providers__0__";
                environment[provider + "Name"] = "simulator";
                environment[provider + "Kind"] = "esplora";
                environment[provider + "BaseUrl"] = new Uri(addresses["simulator"], $"/{network}/api").ToString();
                // It is our own: no limit.
                environment[provider + "RequestsPerSecond"] = "0";
            }
        }

        if (Servers.Certificates is { } certificates)
        {
            environment["RabbitMq__CaFile"] = Path.Combine(certificates, "ca.pem");
            if (service == "gateway")
            {
                environment["ASPNETCORE_URLS"] += $";{SecureGateway}";
                environment["Kestrel__Certificates__Default__Path"] = Path.Combine(certificates, "server.pem");
                environment["Kestrel__Certificates__Default__KeyPath"] = Path.Combine(certificates, "server.key");
            }
        }

        if (service == "gateway") environment["RateLimit__Burst"] = environment["RateLimit__PerSecond"] = "1000000";
        if (Settings.TryGetValue(service, out var more))
            foreach (var (key, value) in more) environment[key] = value;
        return environment;
    }

    private async Task<string> CreateAdmin()
    {
        var (_, told) = await Command("wallets", ["create-admin", "--email", "admin@example.com"]);
        return told.Split('\n').SingleOrDefault(line => line.StartsWith("wt_", StringComparison.Ordinal))
            ?? throw new ShouldAssertException($"No administrator was made: {told}");
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }

    private static InvalidOperationException NotStarted() => new("The system is not started yet.");
}
