using System.Diagnostics;

namespace Testing;

/// <summary>
/// A PostgreSQL cluster and a RabbitMQ node of the tests' own, which they may stop, kill and purge: processes of
/// <c>deploy/local/servers.sh</c>, or containers where <c>TEST_CONTAINERS</c> is set.
/// </summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "deploy", "local", "servers.sh");
    private static readonly Lazy<Task<PrivateServers>> SharedServers = new(UseSharedOrStart);

    private readonly string? folder;
    private readonly ContainerServers? containers;
    private readonly bool owned;

    private PrivateServers(string? folder, ContainerServers? containers, IReadOnlyDictionary<string, string> settings, bool owned)
    {
        this.folder = folder;
        this.containers = containers;
        AdminConnectionString = settings["PG_ADMIN"];
        AmqpUri = new Uri(settings["AMQP_URI"]);
        BrokerAccounts = new Dictionary<string, Uri>
        {
            ["wallets"] = new(settings["AMQP_WALLETS"]),
            ["sync"] = new(settings["AMQP_SYNC"]),
            ["portfolio"] = new(settings["AMQP_PORTFOLIO"]),
        };
        Certificates = settings.TryGetValue("TLS_DIR", out var certificates) ? certificates : null;
        ServiceConnections = new Dictionary<string, string>
        {
            ["wallets"] = settings["PG_WALLETS"],
            ["sync"] = settings["PG_SYNC"],
            ["portfolio"] = settings["PG_PORTFOLIO"],
        };
        this.owned = owned;
    }

    /// <summary>The folder that <c>deploy/local/servers.sh</c> knows these servers by.</summary>
    public string Folder => folder ?? throw new InvalidOperationException("Containers have no folder: this test needs the private servers.");

    /// <summary>Connects as superuser to the database <c>postgres</c>.</summary>
    public string AdminConnectionString { get; }

    /// <summary>Connects a service to its own database as its own role, by the service's name.</summary>
    public IReadOnlyDictionary<string, string> ServiceConnections { get; }

    /// <summary>Connects to the default virtual host, as the broker's administrator.</summary>
    public Uri AmqpUri { get; }

    /// <summary>Connects a service to the default virtual host with its own account, by the service's name.</summary>
    public IReadOnlyDictionary<string, Uri> BrokerAccounts { get; }

    /// <summary>
    /// Where the servers speak TLS alone (the setting <c>TLS</c>): the folder with the authority's <c>ca.pem</c>, and
    /// <c>server.pem</c> with its <c>server.key</c> for localhost.
    /// </summary>
    public string? Certificates { get; }

    /// <summary>The servers every test of this run shares: those test.sh started, or some of this process's own. Nobody may stop them.</summary>
    public static Task<PrivateServers> Shared => SharedServers.Value;

    /// <summary>Starts servers that nobody else uses. They are removed on dispose, and also if this process is killed.</summary>
    public static async Task<PrivateServers> Start(IReadOnlyDictionary<string, string>? settings = null)
    {
        if (ContainerServers.AreWanted)
        {
            var containers = await ContainerServers.StartAsync();
            return new(null, containers, containers.Settings, owned: true);
        }

        var folder = Path.Combine(Path.GetTempPath(), $"wallets-test-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        // In a session of its own and nobody's child, so that what ends the tests does not end the guard first.
        using var guard = Process.Start(Command("setsid", ["--fork", Script, "remove-after", folder, $"{Environment.ProcessId}"]));
        await Run(settings, "up", folder);
        return new(folder, null, await ReadSettings(folder), owned: true);
    }

    public Task StopRabbit() => Do("stop-rabbit");
    public Task KillRabbit() => Do("kill-rabbit");
    public Task StartRabbit() => Do("start-rabbit");
    public Task StopPostgres() => Do("stop-postgres");
    public Task KillPostgres() => Do("kill-postgres");
    public Task StartPostgres() => Do("start-postgres");
    public Task RestartPostgres() => Do("restart-postgres");

    /// <summary>Has the broker believe that its disk is full, or see again that it is not: it takes no messages meanwhile.</summary>
    public Task FillDiskOfRabbit(bool full) => Do("rabbitmqctl", "-q", "set_disk_free_limit", full ? "1000000GB" : "50MB");

    /// <summary>Puts an empty cluster in the place of the one that is there; nothing of the old one is left.</summary>
    public Task RenewPostgres() => Do("renew-postgres");

    /// <summary>Empties every queue of a virtual host and returns how many messages were lost by it.</summary>
    public async Task<int> PurgeQueues(string virtualHost = "/") =>
        int.Parse(await Do("purge", virtualHost), provider: null);

    internal Task AddVirtualHost(string name) => Do("add-vhost", name);
    internal Task DeleteVirtualHost(string name) => Do("delete-vhost", name);

    public async ValueTask DisposeAsync()
    {
        if (owned) await Do("remove");
    }

    private Task<string> Do(string command, params string[] arguments) =>
        containers is { } wanted ? wanted.DoAsync(command, arguments) : Run([command, Folder, .. arguments]);

    private static async Task<PrivateServers> UseSharedOrStart() =>
        Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is { Length: > 0 } folder
            ? new(folder, null, await ReadSettings(folder), owned: false)
            : await Start();

    private static Task<string> Run(params string[] arguments) => Run(null, arguments);

    private static async Task<string> Run(IReadOnlyDictionary<string, string>? settings, params string[] arguments)
    {
        var command = Command(Script, arguments, redirect: true);
        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) command.Environment[name] = value;
        using var process = Process.Start(command)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? (await output).Trim()
            : throw new InvalidOperationException($"servers.sh {string.Join(' ', arguments)} failed: {await errors}{await output}");
    }

    private static ProcessStartInfo Command(string program, string[] arguments, bool redirect = false)
    {
        var command = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };
        command.Environment["PORTS"] = "free";
        return command;
    }

    private static async Task<IReadOnlyDictionary<string, string>> ReadSettings(string folder) =>
        (await File.ReadAllLinesAsync(Path.Combine(folder, "env")))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''));
}
