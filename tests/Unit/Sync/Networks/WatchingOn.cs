using System.Threading.Channels;
using Chains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shouldly;
using Sync;
using Sync.Chains;
using Sync.CrossChecks;
using Sync.Networks;
using Sync.Providers;
using Sync.Providers.Budgets;
using Xunit;

namespace Unit.Sync;

/// <summary>What looks after something in the background goes on looking, whatever ends one look: else it would end the process.</summary>
public sealed class WatchingOn
{
    private readonly Looks log = new();

    [Fact]
    public async Task over_the_tips()
    {
        var providers = new ProviderPool([new Nobody(), new Nobody()], TimeSpan.Zero, TimeProvider.System);
        await ShouldLookAgain(new TipMonitor(null!, null!, new ProviderPools([providers]), Options.Create(new SyncOptions()), new Hurried(),
            log.Of<TipMonitor>()));
    }

    [Fact]
    public async Task over_the_addresses_that_two_providers_are_compared_by()
    {
        var providers = new ProviderPool([new Nobody(), new Nobody()], TimeSpan.Zero, TimeProvider.System);
        await ShouldLookAgain(new CrossChecker(null!, null!, new ProviderPools([providers]), Options.Create(new CrossCheckOptions { Percent = 1 }),
            new Hurried(), log.Of<CrossChecker>()));
    }

    [Fact]
    public async Task over_the_budgets() => await ShouldLookAgain(new BudgetWatch(null!, null!, null!, new Hurried(), log.Of<BudgetWatch>()));

    private async Task ShouldLookAgain(BackgroundService watch)
    {
        using (watch)
        {
            await watch.StartAsync(TestContext.Current.CancellationToken);
            for (var look = 0; look < 2; look++)
                (await log.Failures.Reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeOfType<NullReferenceException>();
        }

        // Ended as it was begun with, not by what went wrong.
        await watch.ExecuteTask!;
    }

    private sealed class Nobody : IChainAdapter
    {
        public Network Network => Networks.Ethereum;

        public string Provider => "nobody";

        public Task<ChainTip> TipAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => throw new NotSupportedException();

        public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
    }

    private sealed class Looks
    {
        public Channel<Exception?> Failures { get; } = Channel.CreateUnbounded<Exception?>();

        public ILogger<T> Of<T>() => new Kept<T>(Failures.Writer);

        private sealed class Kept<T>(ChannelWriter<Exception?> failures) : ILogger<T>
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
                Func<TState, Exception?, string> formatter) => failures.TryWrite(exception);
        }
    }
}
