using System.Diagnostics;

namespace Testing;

/// <summary>A PostgreSQL cluster and a RabbitMQ node of the tests' own, which they may stop, kill and purge.</summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "deploy", "local", "servers.sh");
    private static readonly Lazy<Task<PrivateServers>> SharedServers = new(UseSharedOrStart);

    private readonly bool owned;

    private PrivateServers(string folder, IReadOnlyDictionary<string, string> settings, bool owned)
    {
        Folder = folder;
        AdminConnectionString = settings["PG_ADMIN"];
        AmqpUri = new Uri(settings["AMQP_URI"]);
        ServiceConnections = new Dictionary<string, string>
        {
            ["wallets"] = settings["PG_WALLETS"],
            ["sync"] = settings["PG_SYNC"],
            ["portfolio"] = settings["PG_PORTFOLIO"],
        };
        this.owned = owned;
    }

    /// <summary>The folder that <c>deploy/local/servers.sh</c> knows these servers by.</summary>
    public string Folder { get; }

    /// <summary>Connects as superuser to the database <c>postgres</c>.</summary>
    public string AdminConnectionString { get; }

    /// <summary>Connects a service to its own database as its own role, by the service's name.</summary>
    public IReadOnlyDictionary<string, string> ServiceConnections { get; }

    /// <summary>Connects to the default virtual host.</summary>
    public Uri AmqpUri { get; }

    /// <summary>The servers every test of this run shares: those test.sh started, or some of this process's own. Nobody may stop them.</summary>
    public static Task<PrivateServers> Shared => SharedServers.Value;

    /// <summary>Starts servers that nobody else uses. They are removed on dispose, and also if this process is killed.</summary>
    public static async Task<PrivateServers> Start()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"wallets-test-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        // In a session of its own and nobody's child, so that what ends the tests does not end the guard first.
        using var guard = Process.Start(Command("setsid", ["--fork", Script, "remove-after", folder, $"{Environment.ProcessId}"]));
        await Run("up", folder);
        return new(folder, await ReadSettings(folder), owned: true);
    }

    public Task StopRabbit() => Run("stop-rabbit", Folder);
    public Task KillRabbit() => Run("kill-rabbit", Folder);
    public Task StartRabbit() => Run("start-rabbit", Folder);
    public Task StopPostgres() => Run("stop-postgres", Folder);
    public Task KillPostgres() => Run("kill-postgres", Folder);
    public Task StartPostgres() => Run("start-postgres", Folder);
    public Task RestartPostgres() => Run("restart-postgres", Folder);

    /// <summary>Puts an empty cluster in the place of the one that is there; nothing of the old one is left.</summary>
    public Task RenewPostgres() => Run("renew-postgres", Folder);

    /// <summary>Empties every queue of a virtual host and returns how many messages were lost by it.</summary>
    public async Task<int> PurgeQueues(string virtualHost = "/") =>
        int.Parse(await Run("purge", Folder, virtualHost), provider: null);

    internal Task AddVirtualHost(string name) => Run("add-vhost", Folder, name);
    internal Task DeleteVirtualHost(string name) => Run("delete-vhost", Folder, name);

    public async ValueTask DisposeAsync()
    {
        if (owned) await Run("remove", Folder);
    }

    private static async Task<PrivateServers> UseSharedOrStart() =>
        Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is { Length: > 0 } folder
            ? new(folder, await ReadSettings(folder), owned: false)
            : await Start();

    private static async Task<string> Run(params string[] arguments)
    {
        using var process = Process.Start(Command(Script, arguments, redirect: true))!;
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
