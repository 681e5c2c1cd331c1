using ServiceDefaults;
using Shouldly;
using Sync;
using Unit.ServiceDefaults;
using Xunit;

namespace Unit.Sync;

/// <summary><c>dotnet Sync.dll check-config</c>, without the process.</summary>
public sealed class CheckingConfiguration
{
    private static readonly string[] Valid =
    [
        $"--Identity:PrivateKey={Keys.Private()}", "--Services:Wallets=http://wallets:8080",
        "--RabbitMq:Uri=amqp://wallets:p4ssword@rabbit:5672/wallets",
        "--ConnectionStrings:Database=Host=db;Database=sync;Username=sync;Password=p4ssword", "--Chains:bitcoin:Providers:0:Name=own",
        "--Chains:bitcoin:Providers:0:Kind=esplora", "--Chains:bitcoin:Providers:0:BaseUrl=https://chain.example.com/0123456789abcdef0123/api",
        "--Chains:bitcoin:Providers:0:Key=p4ssword",
        "--Chains:litecoin:Providers:0:Name=other", "--Chains:litecoin:Providers:0:Kind=esplora",
        "--Chains:litecoin:Providers:0:BaseUrl=http://a/api",
    ];

    [Fact]
    public async Task what_would_run_is_told_without_its_secrets()
    {
        var (code, output, error) = await CheckAsync([.. Valid, "--Sync:CheckSeconds=60", "--Sync:Networks:0=bitcoin"]);

        (code, error).ShouldBe((0, ""));
        string[] lines = output.Split(Environment.NewLine);
        lines.ShouldContain("Sync:CheckSeconds = 60");
        lines.ShouldContain("Sync:SliceSeconds = 5 (default)");
        lines.ShouldContain("RabbitMq:Uri = amqp://wallets:***@rabbit:5672/wallets");
        lines.ShouldContain("Chains:bitcoin:Providers:0:Key = ***");
        lines.ShouldContain("Chains:bitcoin:Providers:0:BaseUrl = https://chain.example.com/***/api");
        lines.ShouldContain("bitcoin: asks own (esplora); its slices are fetched here");
        lines.ShouldContain("litecoin: asks other (esplora); its slices are left to others");
        output.ShouldContain("Host=db");
        output.ShouldNotContain("p4ssword", Case.Insensitive);
        output.ShouldNotContain("0123456789abcdef");
    }

    [Fact]
    public async Task all_errors_are_told_at_once()
    {
        var (code, _, error) = await CheckAsync(
            "--Sync:SliceSeconds=99", "--Sync:CheckSecond=5", "--Sync:SlicesAtOnce=many", "--Sync:Networks:0=dogecoin", "--Telemetry:MetricsPort=x",
            "--Chains:bitcoin:Providers:0:Kind=esplora", "--RabbitMq:Uri_FILE=/nowhere/uri");

        code.ShouldBe(1);
        error.ShouldContain("ConnectionStrings:Database is required");
        error.ShouldContain("Identity:PrivateKey is required");
        error.ShouldContain("Sync:CheckSecond is not an option");
        error.ShouldContain("SlicesAtOnce");
        error.ShouldContain("Telemetry:MetricsPort must be a port");
        error.ShouldContain("Chains:bitcoin:Providers:0:Name must be");
        error.ShouldContain("RabbitMq:Uri_FILE: there is no file /nowhere/uri.");
        error.ShouldContain("RabbitMq:Uri must be");
        error.ShouldContain("Services:wallets is required");
    }

    [Theory]
    [InlineData("dogecoin", "Sync:Networks: 'dogecoin' has no providers at Chains:dogecoin.")]
    [InlineData("bitcoin", "Sync:Networks names a network twice.")]
    public async Task a_network_to_fetch_is_configured_and_named_once(string second, string complaint)
    {
        var (code, _, error) = await CheckAsync([.. Valid, "--Sync:Networks:0=bitcoin", $"--Sync:Networks:1={second}"]);

        code.ShouldBe(1);
        error.ShouldContain(complaint);
    }

    [Fact]
    public async Task a_word_that_is_no_command_starts_nothing() =>
        (await ProgramCommands.RunAsync(["chekc-config"], SyncModule.Build, _ => throw new InvalidOperationException("It served."))).ShouldBe(1);

    private static async Task<(int Code, string Output, string Error)> CheckAsync(params string[] args)
    {
        await using var app = SyncModule.Build(args);
        var (output, error) = (new StringWriter(), new StringWriter());
        return (CheckConfigCommand.Run(app.Services, output, error), output.ToString(), error.ToString());
    }
}
