using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Testing;
using Testing.Cases;
using Xunit;

namespace Whole;

/// <summary>
/// Addresses that cannot be read delay no other, not in their wallet and not on their network (rotki/rotki#13039,
/// dfinity/oisy-wallet#13636): whatever keeps one, the others are checked at their pace and show what came.
/// </summary>
public sealed class StuckNeighbours(ITestOutputHelper output)
{
    private const int CheckSeconds = 10;
    private const int Wallets = 200;
    private const string Nonsense = "nonsense";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_healthy_address_is_checked_beside_one_that_is_refused_rate_limited_or_out_of_reach()
    {
        var (refused, limited) = (Account("ethereum", 1, Nonsense), Account("sepolia", 2));
        var told = ReportedCase.ReadAll().Single(each => each.Id == "22");
        var beyond = told with { Address = "9mgNyijmQwtQ9nWXCw5pV6GWgjdrG5WdxaHwyjwFBMBP" };
        beyond.Answers["getFirstAvailableBlock"] = 250_000_000L;
        beyond.Answers["getTransaction"] = new JsonObject();
        beyond.Answers["getSignaturesForAddress"]!.AsObject()[beyond.Address] =
            beyond.Answers["getSignaturesForAddress"]![told.Address]!.DeepClone();
        var healthy = new[] { refused, limited, beyond }.Select((_, n) => Account("polygon", 10 + n)).ToList();
        await using var provider = await CaseProvider.Start([refused, limited, beyond, .. healthy]);
        provider.Refuse = (network, _) => network == "sepolia" ? 429 : null;
        await using var system = await Start(provider);
        using var user = await system.NewUser();
        var wallets = new List<Guid>();
        foreach (var (neighbour, well) in new[] { refused, limited, beyond }.Zip(healthy))
        {
            var wallet = await user.CreateWallet(neighbour.Network);
            await user.Import(wallet, neighbour.Address, neighbour.Network);
            await user.Import(wallet, well.Address, well.Network);
            wallets.Add(wallet);
        }

        // Long enough for the neighbours to have failed for good.
        foreach (var wallet in wallets) await Checked(user, wallet, times: 5);
        foreach (var well in healthy)
        {
            well.Answers["eth_getBalance"] = "0xde0b6b3a7640000";
            well.Answers["txlist"]!.AsArray().Add(Payment(well.Address, "1000000000000000000"));
        }

        foreach (var wallet in wallets)
        {
            await Eventually.Get(async () => await Healthy(user, wallet, "balances", "data"),
                row => row.GetProperty("derived").GetProperty("amount").GetString() == "1000000000000000000", "what came is shown");
        }
    }

    [Fact(Explicit = true)]
    public async Task two_hundred_wallets_are_checked_on_and_on_while_every_tenth_address_cannot_be_read()
    {
        var cases = Enumerable.Range(1, Wallets).Select(n => Account("ethereum", n, n % 10 == 0 ? Nonsense : "0x0")).ToList();
        await using var provider = await CaseProvider.Start(cases);
        await using var system = await Start(provider);
        using var user = await system.NewUser();
        var wallets = new Dictionary<string, Guid>();
        foreach (var each in cases) await user.Import(wallets[each.Address] = await user.CreateWallet(each.Address), each.Address, each.Network);
        var well = cases.Where(each => (string)each.Answers["eth_getBalance"]! != Nonsense).ToList();
        foreach (var each in well) await user.UntilVerified(wallets[each.Address]);

        // Each round every healthy address is checked again, whatever becomes of the others; how long it took is told, not judged.
        var last = well.ToDictionary(each => each.Address, _ => (DateTimeOffset?)null);
        var longest = TimeSpan.Zero;
        for (var round = 0; round < (SyncingSystem.IsFull ? 10 : 3); round++)
        {
            foreach (var each in well)
            {
                var before = last[each.Address];
                var at = CheckedAt(await Eventually.Get(
                    async () => (await user.SyncProgress(wallets[each.Address])).GetProperty("addresses")[0],
                    row => CheckedAt(row) is { } now && (before is null || now > before), $"{each.Address} is checked in round {round}"));
                if (before is { } then && at!.Value - then is var gap && gap > longest) longest = gap;
                last[each.Address] = at;
            }
        }

        output.WriteLine($"every {CheckSeconds} s, seen at most {longest.TotalSeconds:0.0} s apart");
        (await user.Get($"/api/v1/wallets/{wallets[cases[9].Address]}/syncs?limit=100")).GetProperty("data").GetArrayLength()
            .ShouldBe(1, "tries of an address that cannot be read are no runs");
    }

    private static Task<WholeSystem> Start(CaseProvider provider) => WholeSystem.Start(system =>
    {
        system.Settings["sync"] = provider.Settings().ToDictionary();
        foreach (var (key, value) in new[] { ("RetrySeconds", "1"), ("MaxRetrySeconds", "2"), ("FailAfter", "3") })
            system.Settings["sync"]["Sync__" + key] = value;
        foreach (var pace in (string[])["CheckSeconds", "FollowedCheckSeconds", "PartlyFollowedCheckSeconds"])
            system.Settings["sync"]["Sync__" + pace] = CheckSeconds.ToString(CultureInfo.InvariantCulture);
    });

    // As often as it takes for nothing to be waited for but the pace of checks.
    private async Task Checked(TestUser user, Guid wallet, int times)
    {
        DateTimeOffset? last = null;
        for (var n = 0; n < times; n++)
        {
            last = CheckedAt(await Eventually.Get(() => Healthy(user, wallet, "sync", "addresses"),
                row => CheckedAt(row) is { } at && (last is null || at > last), $"the healthy address is checked for the {n + 1}. time",
                TimeSpan.FromSeconds(3 * CheckSeconds)));
            ct.ThrowIfCancellationRequested();
        }
    }

    private static async Task<JsonElement> Healthy(TestUser user, Guid wallet, string what, string list) =>
        (await user.Get($"/api/v1/wallets/{wallet}/{what}")).GetProperty(list).EnumerateArray()
            .Single(row => row.GetProperty("network").GetString() == "polygon");

    private static DateTimeOffset? CheckedAt(JsonElement row) =>
        row.GetProperty("checkedAt") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null;

    private static ReportedCase Account(string network, int n, string balance = "0x0") => new(
        $"{n}", "", network, $"0x{n:x40}", "", [], new JsonObject
        {
            ["dialect"] = "etherscan + node", ["chainId"] = network switch { "ethereum" => 1L, "polygon" => 137L, _ => 11155111L },
            ["tip"] = 23_000_000L,
            ["txlist"] = new JsonArray(), ["txlistinternal"] = new JsonArray(), ["tokentx"] = new JsonArray(), ["eth_getBalance"] = balance,
        });

    private static JsonObject Payment(string to, string value) => new()
    {
        ["blockNumber"] = "22999000", ["timeStamp"] = "1795914720", ["hash"] = "0x" + CaseProvider.HashOf("payment", to),
        ["blockHash"] = "0x" + CaseProvider.HashOf("block of it"), ["nonce"] = "0", ["transactionIndex"] = "0",
        ["from"] = "0x2a59d59e3809f827ce709d3815e3950eef4a6a93", ["to"] = to, ["value"] = value, ["gas"] = "50000", ["gasPrice"] = "1000000000",
        ["isError"] = "0", ["txreceipt_status"] = "1", ["input"] = "0x", ["contractAddress"] = "", ["cumulativeGasUsed"] = "21000",
        ["gasUsed"] = "21000", ["confirmations"] = "9",
    };
}
