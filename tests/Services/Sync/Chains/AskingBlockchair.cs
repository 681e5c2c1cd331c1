using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ChainSimulator.Serving;
using Chains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Providers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>What is Blockchair's alone: limits under statuses of its own, a price for each request, a key in its address.</summary>
public sealed class AskingBlockchair(AllDialects sync) : IClassFixture<AllDialects>, IAsyncLifetime
{
    private const string Key = "k3y-of-0urs/&?";
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Forget();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(402, "quota used up", 15)]
    [InlineData(430, "blocked for a while", 60)]
    [InlineData(434, "blocked for a while", 60)]
    [InlineData(435, "rate limited", 0.5)]
    [InlineData(436, "rate limited", 0.5)]
    [InlineData(437, "rate limited", 0.5)]
    public async Task a_limit_is_waited_for_and_not_asked_against(int status, string reason, double minutes)
    {
        var (_, addresses) = await sync.NewWallet(1);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: AllDialects.Blockchair, Status: status), ct);

        var refused = await Should.ThrowAsync<ProviderException>(() => Adapter.SummaryAsync(Parsed(addresses[0]), ct));

        (refused.Failure, refused.Message, refused.RetryAfter)
            .ShouldBe((ProviderFailure.RateLimited, $"blockchair: {reason}", TimeSpan.FromMinutes(minutes)));
        await sync.Script.ClearFaultsAsync(ct);
        (await Should.ThrowAsync<ProviderException>(() => Adapter.TipAsync(ct))).Failure.ShouldBe(ProviderFailure.RateLimited);
        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(1);
    }

    [Fact]
    public async Task a_page_of_fifty_costs_eleven_requests_at_most_and_a_sum_two()
    {
        var (_, addresses) = await sync.NewWallet(60);
        await Adapter.SummaryAsync(Parsed(addresses[0]), ct);
        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(2);
        await sync.Script.ResetCountersAsync(ct);
        var page = (await Adapter.PageAsync(Parsed(addresses[0]), null, ct)).Transactions;
        page.Count.ShouldBe(50);
        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(1 + 5 + page.Select(transaction => transaction.Height).Distinct().Chunk(10).Count());
    }

    [Fact]
    public async Task a_node_behind_the_one_that_told_the_tip_is_not_believed()
    {
        var (_, addresses) = await sync.NewWallet(5);
        await sync.Mine(2, 1, addresses[0]);
        await Adapter.TipAsync(ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: AllDialects.Blockchair, Route: "/dashboards/address/*"), ct);

        (await Should.ThrowAsync<ProviderException>(() => Adapter.SummaryAsync(Parsed(addresses[0]), ct))).Failure.ShouldBe(ProviderFailure.Behind);
        (await Should.ThrowAsync<ProviderException>(() =>
            Adapter.PageAsync(Parsed(addresses[0]), null, ct))).Failure.ShouldBe(ProviderFailure.Behind);
    }

    [Fact]
    public async Task beyond_what_two_tell_the_third_goes_on_and_nothing_counts_as_a_failure()
    {
        var (wallet, addresses) = await sync.NewWallet(2 * AllDialects.Cap);
        await sync.Mine(15);

        var answers = await sync.Sync(wallet);

        answers.ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
        (await sync.Execute("select rounds from walks join ledgers using (ledger_id) where address = $1", addresses[0]))
            .ShouldBe(2, "one that several told, a short one, and no repair that would have hidden a gap");
    }

    [Theory]
    [InlineData(FaultKind.Status)]
    [InlineData(FaultKind.RateLimit)]
    [InlineData(FaultKind.Break)]
    [InlineData(FaultKind.Html)]
    [InlineData(FaultKind.EmptyPage)]
    [InlineData(FaultKind.EndlessPages)]
    [InlineData(FaultKind.Omit)]
    [InlineData(FaultKind.Lag)]
    public async Task whatever_befalls_it_in_the_middle_of_a_walk_another_goes_on(FaultKind kind)
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(kind, Replica: AllDialects.Blockchair, Route: "/dashboards/address/*offset*", Skip: 1, Every: 3,
            RetryAfterSeconds: 60, Invented: true), ct);

        var answers = await sync.Sync(wallet);

        answers.ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_lie_in_the_sum_is_outvoted()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Replica: AllDialects.Blockchair, Balance: 7), ct);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task its_key_goes_into_requests_and_nowhere_else()
    {
        var (_, addresses) = await sync.NewWallet(12);
        var seen = new ConcurrentQueue<string>();
        using var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sync" || source.Name.Contains("System.Net"),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
                seen.Enqueue(
                    $"{activity.Source.Name} {activity.DisplayName} {string.Join(' ', activity.TagObjects)} " +
                    $"{string.Join(' ', activity.Events.SelectMany(e => e.Tags))}"),
        };
        ActivitySource.AddActivityListener(spans);
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => seen.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => seen.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        meters.Start();
        await using var services = sync.Build(new ServiceCollection())
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Remembering(seen)))
            .PostConfigure<ChainsOptions>(chains => chains[SyncParts.Bitcoin].Providers[0].Key = Key)
            .BuildServiceProvider();
        var adapter = services.GetRequiredService<ProviderPools>().Find(SyncParts.Bitcoin)!.Named(AllDialects.Blockchair);

        await adapter.TipAsync(ct);
        await adapter.SummaryAsync(Parsed(addresses[0]), ct);
        await adapter.PageAsync(Parsed(addresses[0]), null, ct);
        foreach (var fault in (FaultKind[])[FaultKind.Status, FaultKind.Hang, FaultKind.Break, FaultKind.Truncate, FaultKind.Html, FaultKind.Huge,
            FaultKind.RateLimit])
        {
            await sync.Script.SetFaultAsync(new(fault, Replica: AllDialects.Blockchair, Status: 400, Megabytes: 65), ct);
            seen.Enqueue((await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(Parsed(addresses[0]), ct))).ToString());
            await sync.Script.ClearFaultsAsync(ct);
        }

        seen.Enqueue($"{await sync.Execute("select string_agg(p::text, ' ') from provider_pauses p")}");
        (await sync.Script.LastRequestsAsync(ct)).Where(request => request.Replica == AllDialects.Blockchair)
            .ShouldAllBe(request => request.Path.EndsWith("key=" + Key));
        seen.ShouldContain(line => line.StartsWith("System.Net.Http ") && line.Contains("url.full"), "the requests' spans were looked at");
        seen.ShouldContain(line => line.StartsWith("sync.provider.calls"), "the metrics were looked at");
        seen.ShouldContain(line => line.Contains("ProviderException"), "the failures were looked at");
        seen.ShouldNotContain(line => line.Contains("k3y") || line.Contains("0urs"));
    }

    private IChainAdapter Adapter => sync.Network.Named(AllDialects.Blockchair);

    private static Address Parsed(string address) => (Address)Addresses.Parse(Networks.Bitcoin, address);

    private sealed class Remembering(ConcurrentQueue<string> seen) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            seen.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
