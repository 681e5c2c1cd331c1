using System.Globalization;
using ChainSimulator.World;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>Two real blocks: addresses with hundreds of transactions in one block, every kind of script, thousands of parties.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class RecordedBlocks(SyncingSystem syncing)
{
    private const string Recording = "testnet3-928848-928849";
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_ten_busiest_addresses_end_verified_with_exactly_the_recorded_truth()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        var (system, script) = (syncing.System, syncing.Script);
        Loaded loaded = await script.LoadAsync(
            new(SyncingSystem.Testnet, [SharedData.PathOf("bitcoin", $"{Recording}.blocks.jsonl.gz"),
                SharedData.PathOf("bitcoin", $"{Recording}.txs.jsonl.gz")]), cancellation);
        var busiest = File.ReadLines(SharedData.PathOf("bitcoin", $"{Recording}.truth.csv")).Skip(1).Take(10).Select(line => line.Split(','))
            .ToList();

        var user = await system.NewUser();
        var wallet = await user.CreateWallet("recorded");
        var ids = new Dictionary<string, Guid>();
        foreach (var row in busiest) ids[row[0]] = await user.Import(wallet, row[0], SyncingSystem.Testnet);
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(3));

        foreach (var row in busiest)
        {
            await system.UntilTrue(user, wallet, row[0], SyncingSystem.Testnet);
            var told = await user.ToldOf(wallet, ids[row[0]]);
            told.Count.ShouldBe(int.Parse(row[1], CultureInfo.InvariantCulture), row[0]);
            told[0].Balance.ShouldBe(row[4], row[0]);
            told.Sum(line => long.Parse(line.Delta, CultureInfo.InvariantCulture)).ShouldBe(
                long.Parse(row[2], CultureInfo.InvariantCulture) - long.Parse(row[3], CultureInfo.InvariantCulture), row[0]);
        }

        await system.NoEventIsThereTwice("sync");
        Tell.Figures(
            $"recorded: {loaded.Blocks} blocks with {loaded.Transactions} transactions, " +
            $"{busiest.Sum(row => int.Parse(row[1], CultureInfo.InvariantCulture))} of them on the ten busiest addresses");
        await syncing.Forget(user, wallet);
    }
}
