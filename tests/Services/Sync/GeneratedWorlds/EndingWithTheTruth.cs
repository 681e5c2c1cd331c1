using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Chains;
using CsCheck;
using Shouldly;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>
/// Small worlds of every family, and providers that make something else of them for a while: no address is verified and wrong,
/// what is missing is said by class and size, and none stays so once the provider tells the truth. Every run has the same few worlds;
/// with WHOLE_FULL they are others each time, a failure prints its seed, and <c>CsCheck_Seed</c> tells that one again.
/// </summary>
public sealed class EndingWithTheTruth(GeneratedParts sync) : IClassFixture<GeneratedParts>
{
    private const int FixedWorlds = 15;
    private const int FreshWorlds = 200;

    private static readonly bool AreFresh =
        Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" || Environment.GetEnvironmentVariable("CsCheck_Seed") is not null;

    private static int made;

    [Fact]
    public Task coins() => Sample(WorldOfCoins.Network, WorldOfCoins.AddressOf, WorldOfCoins.Tell, WorldOfCoins.Spoil);

    [Fact]
    public Task accounts() => Sample(WorldOfAccounts.Network, EvmProvider.Account, WorldOfAccounts.Tell, WorldOfAccounts.Spoil);

    [Fact]
    public Task signatures() => Sample(WorldOfSignatures.Network, SolanaWorlds.Account, WorldOfSignatures.Tell, WorldOfSignatures.Spoil);

    private async Task Sample(string network, Func<string, string> addressOf, Func<World, string, ToldWorld> tell, Action<JsonObject, Lie> spoil)
    {
        if (AreFresh)
        {
            await World.Any.SampleAsync(EndsWithTheTruth, iter: FreshWorlds, threads: 1);
            return;
        }

        for (uint number = 1; number <= FixedWorlds; number++)
        {
            var world = World.Any.Generate(new PCG(number, number), null, out _);
            try
            {
                await EndsWithTheTruth(world);
            }
            catch (Exception e)
            {
                throw new ShouldAssertException($"World {number} of {network}: {world}", e);
            }
        }

        async Task EndsWithTheTruth(World world)
        {
            // Nobody has met the address before, not even when a world is told again.
            var name = $"generated {Environment.ProcessId} {Interlocked.Increment(ref made)}";
            var account = addressOf(name);
            var truth = tell(world, network == WorldOfCoins.Network ? name : account);
            var address = ((Address)Addresses.Parse(sync.Networks.Find(network)!, account)).Text;
            var spoilt = truth.Answers.DeepClone().AsObject();
            foreach (var lie in world.Lies) spoil(spoilt, lie);

            sync.Tell(network, account, spoilt);
            await sync.Forget();
            var wallet = await sync.Track(network, address);
            var answers = await sync.Sync(wallet, tries: 6);
            await ShouldSayWhatIsMissing(address, truth, answers[^1]);

            sync.Tell(network, account, truth.Answers);
            await sync.Forget();
            for (var n = 0; n < 3 && !await IsTrue(address, truth); n++)
                await (world.IsAskedFor ? sync.Ask(wallet) : sync.PassAMonth(wallet, address));
            await ShouldBeTrue(address, truth);
        }
    }

    // While the provider tells something else.
    private async Task ShouldSayWhatIsMissing(string address, ToldWorld truth, SliceAnswer last)
    {
        var verdicts = await sync.VerdictsOf(address);
        if (last.Outcome is not SliceOutcome.Done || verdicts.Count == 0)
        {
            last.Reason.ShouldNotBeNullOrEmpty("who waits says why");
            return;
        }

        foreach (var (asset, verdict) in verdicts)
        {
            var right = truth.Others.GetValueOrDefault(asset, asset.Contains("/slip44:", StringComparison.Ordinal) ? truth.Native : BigInteger.Zero);
            verdict.Reported.Value.ShouldBe(right, $"{asset} as it is reported");
            if (verdict.Verdict is "verified") verdict.Derived.Value.ShouldBe(right, $"{asset} is verified");
            var named = verdict.Differences.Where(difference => difference.Class is not "below-zero").ToList();
            if (named.Count == 0) continue;
            named.Aggregate(BigInteger.Zero, (sum, difference) => sum + difference.Balance.Value)
                .ShouldBe(right - verdict.Derived.Value, $"{asset}: the differences are all that is missing");
            named.Where(difference => difference.Class is "gap").ShouldAllBe(gap => truth.Txids.Any(txid => gap.Reason!.Contains(txid)));
        }

        if (verdicts.Values.All(verdict => verdict.Verdict is "verified") && verdicts.Count == 1 + truth.Others.Count)
            (await sync.RowsOf(address)).ShouldBe(truth.Rows, "all of it is verified");
    }

    private async Task<bool> IsTrue(string address, ToldWorld truth) =>
        (await sync.VerdictsOf(address)) is { Count: > 0 } verdicts && verdicts.Values.All(verdict => verdict.Verdict is "verified")
        && (await sync.RowsOf(address)).SequenceEqual(truth.Rows);

    private async Task ShouldBeTrue(string address, ToldWorld truth)
    {
        var reason = await sync.Execute("select reason from walks join ledgers using (ledger_id) where address = $1", address);
        (await sync.RowsOf(address)).ShouldBe(truth.Rows, $"the rows once the truth is told ({reason})");
        var verdicts = await sync.VerdictsOf(address);
        verdicts.Values.Select(verdict => $"{verdict.Asset} {verdict.Verdict} {string.Join(' ', verdict.Differences)}").ShouldBe(
            verdicts.Keys.Select(asset => $"{asset} verified "), $"the verdicts once the truth is told ({reason})");
        (await sync.Execute("select derived::text from ledgers where address = $1", address))
            .ShouldBe(truth.Native.ToString(CultureInfo.InvariantCulture));
    }
}
