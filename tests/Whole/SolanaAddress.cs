using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ChainSimulator.Serving;
using ChainSimulator.Solana;
using Shouldly;
using Testing;
using Whole.Kills;
using Xunit;

namespace Whole;

/// <summary>An address of Solana with all that changes its balances, from the import to what the gateway tells of it, through processes
/// that are killed.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class SolanaAddress(SyncingSystem syncing)
{
    private const string Network = SyncingSystem.Solana;
    private const string Chain = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
    private const string Native = $"{Chain}/slip44:501";
    private const int SlotsOfADay = 216_000;

    // Has all the lamports in the beginning.
    private const string Bank = "BankBankBankBankBankBankBankBankBankBankBan";

    private static readonly string Other = Account("Stranger");
    private static readonly string Usdc = Account("USDC");
    private static readonly string Pyusd = Account("PYUSD");
    private static readonly string Jup = Account("JUP");

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_asset_of_an_address_ends_verified_and_is_told_as_it_is_whatever_is_killed()
    {
        var (me, dollars, till, vault, vault2022) = (Account("Me"), Account("MeUSDC"), Account("MePYUSD"), Account("BankUSDC"), Account("BankPYUSD"));
        await Mine(0, Tx(Bank, Open(vault, Usdc, Bank), Send(null, vault, "1000000000")),
            Tx(Bank, Open(vault2022, Pyusd, Bank) with { Is2022 = true }, Send(null, vault2022, "1000")));
        await Mine(0, Tx(Bank, Pay(Bank, me, "5000000000")));
        await Mine(0, Tx(me, Open(dollars, Usdc, me)), Tx(Bank, Open(till, Pyusd, me) with { Is2022 = true, Quiet = true }));
        await Mine(1, Tx(Bank, Send(vault, dollars, "500000000")) with { Versioned = true }, Tx(Bank, Send(vault2022, till, "88")));
        await Mine(0, Tx(me, Pay(me, Other, "70")) with { Failed = true, Fee = "105000" });
        await Mine(2, Tx(Bank, Pay(Bank, me, "1")) with { Times = 30 }, Tx(Bank, Send(vault, dollars, "1")) with { Times = 10 });
        await Mine(0, Tx(me, Send(till, vault2022, "88"), Close(till, me)) with { Versioned = true });
        var several = (await Mine(0, Tx(me, Pay(me, Other, "70"), Send(dollars, vault, "20000000")))).Txids[0];

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("tokens");
        await KillSyncInTheSecondPage(() => user.Import(wallet, me, Network), me);
        await user.UntilVerified(wallet);
        await UntilTold(user, wallet, me);
        await ShouldTellThePast(user, wallet, me);
        await ShouldTellOne(user, several, me);
        var shown = (await All(user, $"/api/v1/wallets/{wallet}/balances")).Select(each => each.GetProperty("derived"))
            .Single(money => Text(money, "symbol") == AssetOf(Usdc));
        Text(shown, "display").ShouldBe("480.00001", "nodes tell decimals, and no names");

        // What comes while it is tracked: a payment that does not name it, and an account that somebody else makes for it.
        await syncing.System.Portfolio.Kill();
        await Mine(1, Tx(Bank, Send(vault, dollars, "7")));
        await Mine(0, Tx(Bank, Open(Account("MeJUP"), Jup, me) with { Quiet = true }, Send(null, Account("MeJUP"), "1234567")));
        await user.Resync(wallet);
        await syncing.System.Portfolio.Start();
        await UntilTold(user, wallet, me);
        await ShouldTellThePast(user, wallet, me);

        await syncing.System.NoEventIsThereTwice("sync");
        var (code, told) = await syncing.System.Command("portfolio", ["rebuild", "--verify"]);
        code.ShouldBe(0, told);
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task rewards_of_a_stake_are_explained_by_a_class_that_the_public_document_knows()
    {
        var me = Account("Stake");
        await syncing.Script.OwnSolanaAsync(new SolanaProgram(Network, me, "Stake11111111111111111111111111111111111111"), cancellation);
        await Mine(0, Tx(Bank, Pay(Bank, me, "2000000000")));
        await syncing.Script.MineSolanaAsync(new SolanaMine(Network, Gifts: [new(me, "12345")]), cancellation);

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("a stake");
        await user.Import(wallet, me, Network);
        var balance = await Eventually.Get(
            async () => (await All(user, $"/api/v1/wallets/{wallet}/balances")).Single(), balance =>
                Text(balance, "status") == "explained", "the difference is explained");

        var difference = balance.GetProperty("differences").EnumerateArray().ShouldHaveSingleItem();
        (Text(difference, "class"), Number(difference, "balance"), Number(balance, "derived")).ShouldBe(("rewards", 12_345, 2_000_000_000));
        // The gateway reads each service's part of the document when that service is there.
        var schemas = await Eventually.Get(
            async () => (await user.Get("/openapi/v1.json")).GetProperty("components").GetProperty("schemas"),
            all => all.TryGetProperty("BalanceDifference", out _), "Portfolio's part of the document is there");
        var classes = schemas.GetProperty("BalanceDifference").GetProperty("properties").GetProperty("class").GetProperty("enum");
        classes.EnumerateArray().Select(name => name.GetString()).ShouldContain("rewards");
        await syncing.Forget(user, wallet);
    }

    // The process that goes on was not there when the first page told of the account that is closed.
    private async Task KillSyncInTheSecondPage(Func<Task> import, string address)
    {
        var gate = await syncing.Script.SetFaultAsync(new(FaultKind.Gate, Network: Network, Route: "*getTransaction", Skip: 30), cancellation);
        await import();
        await Eventually.Is(async () => (await syncing.Script.GatesAsync(cancellation)).Count > 0, "the second page is being read");
        (await syncing.System.Ask<long>("sync", "select count(*) from past_accounts where address = $1", address)).ShouldBe(1);
        await syncing.System.Sync.Kill();
        await syncing.Script.ClearFaultsAsync(cancellation, gate);
        await syncing.System.Sync.Start();
    }

    private async Task UntilTold(TestUser user, Guid wallet, string address)
    {
        var truth = await syncing.Script.SolanaTruthAsync(Network, address, cancellation);
        var (lines, balances) = (Lines(truth), truth.Tokens.ToDictionary(token => AssetOf(token.Key), token => token.Value));
        balances[Native] = truth.Balance;
        var held = lines.Select(line => line.Asset).Distinct().Order(StringComparer.Ordinal)
            .Select(asset => (Asset: asset, Balance: balances.GetValueOrDefault(asset, "0")))
            .Select(each => $"{each.Asset} {each.Balance} {each.Balance} verified").ToList();
        var difference = await Eventually.Get(
            async () =>
            {
                var told = (await All(user, $"/api/v1/wallets/{wallet}/transactions")).ConvertAll(Shown);
                var holds = (await All(user, $"/api/v1/wallets/{wallet}/balances"))
                    .ConvertAll(each => $"{Text(each, "asset")} {Number(each, "derived")} {Number(each, "reported")} {Text(each, "status")}");
                return Difference(told, [.. lines.Select(line => line.Shown)]) ?? Difference(holds, held);
            },
            static difference => difference is null, "the gateway tells the truth", TimeSpan.FromMinutes(1));
        difference.ShouldBeNull();

        var gained = (await All(user, $"/api/v1/wallets/{wallet}/transactions?network={Network}&address={address}&direction=in")).ConvertAll(Shown);
        Difference(gained, [.. lines.Where(line => line.Delta > 0).Select(line => line.Shown)]).ShouldBeNull();
        (await All(user, $"/api/v1/wallets/{wallet}/transactions?network=bitcoin")).ShouldBeEmpty();
    }

    // At the time of each block, and at each day's end.
    private async Task ShouldTellThePast(TestUser user, Guid wallet, string address)
    {
        var lines = Lines(await syncing.Script.SolanaTruthAsync(Network, address, cancellation));
        var assets = lines.Select(line => line.Asset).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var at in lines.Select(line => line.Time).Distinct())
        {
            var then = await All(user, $"/api/v1/wallets/{wallet}/balances?at={at:yyyy-MM-ddTHH:mm:ssZ}");
            then.ConvertAll(each => $"{Text(each, "asset")} {Number(each, "derived")}")
                .ShouldBe(assets.Select(asset => $"{asset} {Sum(line => line.Asset == asset && line.Time <= at)}"), $"at {at:O}");
        }

        var days = Enumerable.Range(0, (lines[0].Time.Date - lines[^1].Time.Date).Days + 1).Select(day => lines[0].Time.Date.AddDays(-day)).ToList();
        await ShouldTellDays("", assets);
        await ShouldTellDays($"&asset={Uri.EscapeDataString(AssetOf(Usdc))}", [AssetOf(Usdc)]);

        async Task ShouldTellDays(string filter, IReadOnlyList<string> of)
        {
            var told = await All(user, $"/api/v1/wallets/{wallet}/history?from={days[^1]:yyyy-MM-dd}&to={days[0]:yyyy-MM-dd}{filter}");
            told.ConvertAll(each =>
                $"{Text(each, "start")} {Text(each, "asset")} {Number(each, "change")} {Number(each, "closing")} {each.GetProperty("transactions")}")
                    .ShouldBe(days.SelectMany(day => of.Select(asset =>
                $"{day:yyyy-MM-dd} {asset} {Sum(line => line.Asset == asset && line.Time.Date == day)} " +
                $"{Sum(line => line.Asset == asset && line.Time.Date <= day)} {lines.Count(line => line.Asset == asset && line.Time.Date == day)}")));
        }

        BigInteger Sum(Func<Line, bool> of) => lines.Where(of).Aggregate(BigInteger.Zero, (sum, line) => sum + line.Delta);
    }

    private async Task ShouldTellOne(TestUser user, string txid, string me)
    {
        var told = await user.Get($"/api/v1/transactions/{Network}/{txid}");
        Parties("from").ShouldBe([$"{me} 70 {Native}", $"{me} 20000000 {AssetOf(Usdc)}"]);
        Parties("to").ShouldBe([$"{Other} 70 {Native}", $"{Bank} 20000000 {AssetOf(Usdc)}"]);
        (Number(told, "fee"), Text(told, "status")).ShouldBe((5000, "confirming"));
        told.GetProperty("changes").EnumerateArray().Select(change =>
            $"{Text(change, "asset")} {Text(change, "direction")} {Number(change, "result")} {Number(change, "balance")}").ShouldBe(
            Lines(await syncing.Script.SolanaTruthAsync(Network, me, cancellation)).Where(line => line.Txid == txid)
                .OrderBy(line => line.Asset, StringComparer.Ordinal).Select(line => $"{line.Asset} out {line.Delta} {line.Balance}"));

        IEnumerable<string> Parties(string side) =>
            told.GetProperty(side).EnumerateArray().Select(party => $"{Text(party, "address")} {Number(party, "value")} {Text(party, "asset")}");
    }

    // Every movement as the list has it: the newest slot first, in it what was lost before what was gained, and by name.
    private static List<Line> Lines(SolanaTruth truth)
    {
        var balances = new Dictionary<string, BigInteger>();
        return
        [
            .. truth.Transactions.SelectMany(told => told.Tokens.Select(token => (Told: told, Asset: AssetOf(token.Key), Delta: Number(token.Value)))
                    // An asset that did not move has no entry, unless nothing else moved either.
                    .Concat(told.Delta != "0" || told.Tokens.Count == 0 ? [(told, Native, Number(told.Delta))] : []))
                .OrderBy(line => line.Told.Slot).ThenBy(line => line.Delta < 0).ThenBy(line => line.Told.Txid, StringComparer.Ordinal)
                .ThenBy(line => line.Asset, StringComparer.Ordinal)
                .Select(line => new Line(line.Told, line.Asset, line.Delta, balances[line.Asset] = balances.GetValueOrDefault(line.Asset) +
                    line.Delta)).Reverse(),
        ];
    }

    private static string Shown(JsonElement told) => string.Join(' ',
        Text(told, "txid"), Text(told, "asset"), Text(told, "direction"), Number(told, "result"), Number(told, "balance"), Number(told, "fee"),
        told.GetProperty("height"), Text(told, "blockHash"), told.GetProperty("time").GetDateTimeOffset().ToUnixTimeSeconds(),
        told.GetProperty("timeProvisional"));

    private static string? Difference(List<string> told, List<string> truth)
    {
        var at = told.Zip(truth).TakeWhile(pair => pair.First == pair.Second).Count();
        return at == told.Count && at == truth.Count
            ? null : $"{told.Count} told, {truth.Count} true; at {at} told {told.ElementAtOrDefault(at)}, true {truth.ElementAtOrDefault(at)}";
    }

    private Task<SolanaTip> Mine(int days, params SolanaTransaction[] transactions) =>
        syncing.Script.MineSolanaAsync(new SolanaMine(Network, transactions, Skipped: days * SlotsOfADay), cancellation);

    private static SolanaTransaction Tx(string payer, params SolanaStep[] steps) => new(payer, steps);

    private static SolanaStep Pay(string from, string to, string lamports) => new(SolanaDoes.Pay, from, to, lamports);

    private static SolanaStep Open(string account, string mint, string owner) => new(SolanaDoes.Open, account, Mint: mint, Owner: owner);

    private static SolanaStep Close(string account, string to) => new(SolanaDoes.Close, account, to);

    private static SolanaStep Send(string? from, string to, string amount) => new(SolanaDoes.Send, from, to, amount);

    // 43 digits are 32 bytes.
    private static string Account(string name) => name.PadRight(43, 'x');

    private static string AssetOf(string mint) => $"{Chain}/token:{mint}";

    private static async Task<List<JsonElement>> All(TestUser user, string path)
    {
        var entries = new List<JsonElement>();
        await foreach (var entry in user.All(path)) entries.Add(entry);
        return entries;
    }

    private static BigInteger Number(JsonElement of, string money) => Number(Text(of.GetProperty(money), "amount"));

    private static BigInteger Number(string text) => BigInteger.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private sealed record Line(SolanaTruthLine Told, string Asset, BigInteger Delta, BigInteger Balance)
    {
        public string Txid => Told.Txid;

        public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds(Told.Time);

        public string Shown => string.Join(' ',
            Txid, Asset, Delta.Sign switch { > 0 => "in", < 0 => "out", _ => "self" }, Delta, Balance, Told.Fee, Told.Slot, Told.BlockHash, Told.Time,
            "False");
    }
}
