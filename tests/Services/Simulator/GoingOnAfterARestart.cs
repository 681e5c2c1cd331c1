using ChainSimulator;
using ChainSimulator.Script;
using Shouldly;
using Xunit;

namespace Services.Simulator;

public sealed class GoingOnAfterARestart
{
    [Fact]
    public async Task a_journal_brings_back_the_same_chain()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var journal = Path.Combine(Path.GetTempPath(), $"journal-{Guid.NewGuid():N}.jsonl");
        try
        {
            var before = await Run(async script =>
            {
                var address = (await script.CreateAsync(new("bitcoin", 30), cancellation)).Single();
                await script.AddAsync(new AddTransactions("bitcoin", [address], 2), cancellation);
                await script.MineAsync(new("bitcoin", At: DateTimeOffset.UnixEpoch.AddYears(60)), cancellation);
                await script.ReorganiseAsync(new("bitcoin", 2, MovePercent: 50), cancellation);
                return await script.TipAsync("bitcoin", cancellation);
            });
            await File.AppendAllTextAsync(journal, "{\"command\":\"mi", cancellation);

            (await Run(script => script.TipAsync("bitcoin", cancellation))).ShouldBe(before);
            (await Run(script => script.MineAsync(new("bitcoin"), cancellation))).Height.ShouldBe(before.Height + 1);
            (await Run(script => script.TipAsync("bitcoin", cancellation))).Height.ShouldBe(before.Height + 1);
        }
        finally
        {
            File.Delete(journal);
        }

        async Task<TipState> Run(Func<SimulatorClient, Task<TipState>> use)
        {
            await using var app = SimulatorApp.Build("--urls", "http://127.0.0.1:0", "--journal", journal);
            await app.StartAsync(cancellation);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            return await use(new(http));
        }
    }
}
