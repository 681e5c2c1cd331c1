using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DotNet.Testcontainers.Containers;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

namespace Testing;

/// <summary>The same two servers from the images that the compose file names, with the commands of <c>deploy/local/servers.sh</c>.</summary>
internal sealed class ContainerServers : IAsyncDisposable
{
    private const ushort PostgresPort = 5432;
    private const ushort RabbitPort = 5672;
    private static readonly string[] Services = ["wallets", "sync", "portfolio"];

    // Ports that stay: those an engine chooses are others after each start.
    private readonly int postgresPort = FreePort.Next();
    private readonly int rabbitPort = FreePort.Next();
    private readonly string password = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly RabbitMqContainer rabbit;
    private PostgreSqlContainer postgres;

    private ContainerServers()
    {
        postgres = Postgres();
        rabbit = new RabbitMqBuilder(ImageOf("rabbitmq"))
            .WithPortBinding(rabbitPort, RabbitPort)
            .WithResourceMapping(new FileInfo(Path.Combine(Repository.Root, "deploy", "rabbitmq", "wallets.conf")), "/etc/rabbitmq/conf.d/")
            .WithResourceMapping(Definitions(), "/run/definitions/definitions.json")
            .Build();
    }

    public static bool AreWanted => Environment.GetEnvironmentVariable("TEST_CONTAINERS") is { Length: > 0 };

    /// <summary>What <c>servers.sh</c> writes into its file <c>env</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(
        Services.Select(name => KeyValuePair.Create($"PG_{name.ToUpperInvariant()}", Connection(name, name))))
    {
        ["PG_ADMIN"] = Connection("postgres", "postgres"),
        ["AMQP_URI"] = Broker("admin"),
        ["AMQP_WALLETS"] = Broker("wallets"),
        ["AMQP_SYNC"] = Broker("sync"),
        ["AMQP_PORTFOLIO"] = Broker("portfolio"),
    };

    public static async Task<ContainerServers> StartAsync()
    {
        var servers = new ContainerServers();
        // Whoever shares them does not know when they are needed no more.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => servers.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(30));
        await Task.WhenAll(servers.StartPostgresAsync(), servers.rabbit.StartAsync());
        return servers;
    }

    public async Task<string> DoAsync(string command, params string[] arguments)
    {
        switch (command)
        {
            case "stop-postgres": await postgres.StopAsync(); break;
            // An immediate shutdown: no checkpoint, as after a crash.
            case "kill-postgres": await KillAsync(postgres, "kill", "-QUIT", "1"); break;
            case "start-postgres": await postgres.StartAsync(); break;
            case "restart-postgres":
                await postgres.StopAsync();
                await postgres.StartAsync();
                break;
            case "renew-postgres":
                await postgres.DisposeAsync();
                postgres = Postgres();
                await StartPostgresAsync();
                break;
            case "stop-rabbit": await rabbit.StopAsync(); break;
            case "kill-rabbit": await KillAsync(rabbit, "rabbitmqctl", "-q", "eval", "erlang:halt(137, [{flush, false}])."); break;
            case "start-rabbit": await rabbit.StartAsync(); break;
            case "add-vhost":
                return await EvaluateAsync($$"""
                    rabbit_vhost:add(<<"{{arguments[0]}}">>, <<"admin">>),
                    [rabbit_auth_backend_internal:set_permissions(
                        proplists:get_value(user, P), <<"{{arguments[0]}}">>, proplists:get_value(configure, P),
                        proplists:get_value(write, P), proplists:get_value(read, P), <<"admin">>)
                        || P <- rabbit_auth_backend_internal:list_vhost_permissions(<<"/">>)].
                    """);
            case "delete-vhost": return await ExecuteAsync("rabbitmqctl", "-q", "delete_vhost", arguments[0]);
            case "purge":
                return await EvaluateAsync($$"""
                    lists:sum([begin {ok, N} = rabbit_amqqueue:purge(Q), N end || Q <- rabbit_amqqueue:list(<<"{{arguments[0]}}">>)]).
                    """);
            case "remove": await DisposeAsync(); break;
            default: throw new NotSupportedException($"Containers do not know '{command}'.");
        }

        return "";
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        await rabbit.DisposeAsync();
    }

    // Who may do what there, as everywhere.
    private byte[] Definitions()
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "rabbitmq", "definitions.sh")])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["VHOST"] = "/";
        foreach (var account in new[] { "", "WALLETS_", "SYNC_", "PORTFOLIO_", "MONITOR_" })
            start.Environment[$"{account}RABBITMQ_PASSWORD"] = password;
        using var process = Process.Start(start)!;
        var definitions = Encoding.UTF8.GetBytes(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return process.ExitCode == 0 ? definitions : throw new InvalidOperationException("definitions.sh failed.");
    }

    private string Broker(string account) => $"amqp://{account}:{password}@127.0.0.1:{rabbitPort}/";

    private static string ImageOf(string name) =>
        Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "docker-compose.yml")), $@"image: ({name}:\S+)").Groups[1].Value;

    // The builder turns safety off; whoever kills a server wants to find what was committed.
    private PostgreSqlContainer Postgres() => new PostgreSqlBuilder(ImageOf("postgres"))
        .WithUsername("postgres")
        .WithPassword(password)
        .WithPortBinding(postgresPort, PostgresPort)
        .WithCommand("-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on")
        .WithCommand("-c", "max_connections=200", "-c", "jit=off", "-c", "random_page_cost=1.1")
        .Build();

    private async Task StartPostgresAsync()
    {
        await postgres.StartAsync();
        // One role for each database, so that a service reaches its own data only.
        foreach (var name in Services)
        {
            await RunSqlAsync($"create role {name} login password '{password}'");
            await RunSqlAsync($"create database {name} owner {name}");
            await RunSqlAsync($"revoke connect on database {name} from public");
        }
    }

    private async Task RunSqlAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(Connection("postgres", "postgres") + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private string Connection(string database, string user) =>
        $"Host=127.0.0.1;Port={postgresPort};Database={database};Username={user};Password={password}";

    private Task<string> EvaluateAsync(string erlang) => ExecuteAsync("rabbitmqctl", "-q", "eval", erlang);

    private async Task<string> ExecuteAsync(params string[] command)
    {
        var result = await rabbit.ExecAsync(command);
        return result.ExitCode == 0
            ? result.Stdout.Trim()
            : throw new InvalidOperationException($"{string.Join(' ', command)} failed: {result.Stderr}{result.Stdout}");
    }

    // The command may lose its container before it can say how it went; the exit code comes when it has ended.
    private static async Task KillAsync(DockerContainer container, params string[] command)
    {
        await container.ExecAsync(command);
        await container.GetExitCodeAsync();
    }
}
