using System.Globalization;
using System.Text.Json;
using Shouldly;
using Testing;
using Testing.Cases;
using Xunit;

namespace Whole;

/// <summary>Every case's network, with the case's answers for its provider; each case in a wallet of its own, all at once.</summary>
public sealed class SystemOfCases : IAsyncLifetime
{
    // Those that do not ship: CAIP-2, symbol, SLIP-44, time between blocks.
    private static readonly Dictionary<string, (string Caip2, string Symbol, string Slip44, string BlockTime)> Added = new()
    {
        ["arbitrum"] = ("eip155:42161", "ETH", "60", "00:00:00.25"), ["celo"] = ("eip155:42220", "CELO", "52752", "00:00:01"),
        ["manta"] = ("eip155:169", "ETH", "60", "00:00:10"), ["optimism"] = ("eip155:10", "ETH", "60", "00:00:02"),
        ["rootstock"] = ("eip155:30", "RBTC", "137", "00:00:30"), ["zksync"] = ("eip155:324", "ETH", "804", "00:00:01"),
    };

    // Contracts under whose names the native coin moves: CELO (docs.celo.org, "CELO token duality"), L2BaseToken (ZKsync's system contracts).
    private static readonly Dictionary<string, string> NativeContracts = new()
    {
        ["celo"] = "0x471EcE3750Da237f93B8E339c536989b8978a438", ["zksync"] = "0x000000000000000000000000000000000000800A",
    };

    private readonly Dictionary<string, Guid> wallets = [];
    private readonly IReadOnlyList<ReportedCase> cases = ReportedCase.ReadAll();
    private CaseProvider? provider;
    private WholeSystem? system;
    private TestUser? user;

    public TestUser User => user!;

    public WholeSystem System => system!;

    public CaseProvider Provider => provider!;

    /// <summary>A case as it is told.</summary>
    public ReportedCase Case(string id) => cases.Single(each => each.Id == id);

    public Guid WalletOf(string id) => wallets[id];

    public async ValueTask InitializeAsync()
    {
        provider = await CaseProvider.Start(cases);
        system = await WholeSystem.Start(system =>
        {
            foreach (var service in (string[])["wallets", "sync", "portfolio"]) system.Settings[service] = NetworksAdded();
            foreach (var (key, value) in provider.Settings()) system.Settings["sync"][key] = value;
            foreach (var (key, value) in new[] { ("RetrySeconds", "1"), ("MaxRetrySeconds", "4"), ("CheckSeconds", "10"),
                ("FollowedCheckSeconds", "10"), ("PartlyFollowedCheckSeconds", "10"), ("FailAfter", "4") })
                system.Settings["sync"]["Sync__" + key] = value;
        });
        user = await system.NewUser();
        foreach (var each in cases)
        {
            wallets[each.Id] = await user.CreateWallet($"case {each.Id}");
            await user.Import(wallets[each.Id], each.Address, each.Network);
        }
    }

    public async ValueTask DisposeAsync()
    {
        user?.Dispose();
        if (system is not null) await system.DisposeAsync();
        if (provider is not null) await provider.DisposeAsync();
    }

    private static Dictionary<string, string> NetworksAdded() => Added.SelectMany(network => new Dictionary<string, string>
    {
        ["Name"] = network.Key, ["Family"] = "evm", ["Caip2"] = network.Value.Caip2, ["Symbol"] = network.Value.Symbol, ["Decimals"] = "18",
        ["Slip44"] = network.Value.Slip44, ["ConfirmationsRequired"] = "12", ["SafeDepth"] = "96", ["BlockTime"] = network.Value.BlockTime,
    }.Select(fact => new KeyValuePair<string, string>($"Networks__{network.Key}__{fact.Key}", fact.Value)))
        .Concat(NativeContracts.Select(alias => KeyValuePair.Create($"Networks__{alias.Key}__NativeContracts__0", alias.Value))).ToDictionary();
}

/// <summary>What went wrong somewhere once, through the real adapters to the verdict and what the gateway tells of it.</summary>
public sealed class CasesOfPublicReports(SystemOfCases system) : IClassFixture<SystemOfCases>
{
    /// <summary>Every asset is held as the case says, verified, and nothing else is.</summary>
    public static TheoryData<string> Exact =>
    [
        "01", "02", "03", "04", "05", "06", "07", "08", "10", "11", "14", "15", "17", "18", "20", "23", "25", "30", "31", "32", "33", "37", "38",
        "40", "41", "60", "61",
    ];

    [Theory]
    [MemberData(nameof(Exact))]
    public async Task every_asset_is_verified_as_it_is_and_no_other_is_told(string id)
    {
        var told = system.Case(id);
        var right = string.Join(", ", told.Tokens!.Append(new("native", told.Native!))
            .Select(asset => $"{asset.Key} {asset.Value} {asset.Value} verified").Order(StringComparer.Ordinal));
        await Eventually.Get(() => Balances(id), balances => balances == right, $"{told} is told as {right}");
        await NoBalanceIsBelowZero(id);
    }

    [Fact]
    public async Task money_by_no_transaction_is_explained_by_the_log_of_the_system_contract()
    {
        const string Received = "7000000000000000000";
        await Eventually.Is(async () => (await Rows("35")) is [var row] && Text(row, "status") == "explained"
            && Amount(row, "reported") == system.Case("35").Native && row.GetProperty("differences") is { ValueKind: JsonValueKind.Array } told
            && told.GetArrayLength() == 1 && Text(told[0], "class") == "state-sync" && Amount(told[0], "balance") == Received,
            "the difference is a state sync");
    }

    [Fact]
    public async Task decimals_that_change_are_shown_as_they_are_now()
    {
        var (told, token) = (system.Case("12"), system.Case("12").Tokens!.Single());
        await Eventually.Is(
            async () => (await Rows("12")).Any(row => Text(row, "status") is "verified" && Decimals(row) == 16), "it is read as before");

        var list = told.Answers["tokentx"]!.AsArray();
        var next = list[0]!.DeepClone().AsObject();
        (next["blockNumber"], next["hash"]) = ("22999990", "0x" + CaseProvider.HashOf("12"));
        next["blockHash"] = "0x" + CaseProvider.HashOf("12 block");
        (next["tokenDecimal"], next["value"], next["timeStamp"]) = ("17", "500000000000000000", "1795920600");
        list.Insert(0, next);
        told.Answers["balanceOf"]![token.Key] = "550000000000000000";

        await Eventually.Is(async () => (await Rows("12")).Any(row =>
            Text(row, "status") is "verified" && Decimals(row) == 17 && Amount(row, "derived") is "550000000000000000"), "it is told by 17 decimals");

        int Decimals(JsonElement row) => Shown(Text(row, "asset")) == token.Key ? row.GetProperty("derived").GetProperty("decimals").GetInt32() : -1;
    }

    [Fact]
    public async Task coins_paid_to_a_key_in_the_open_are_a_reason_why_a_provider_cannot_be_used() =>
        await Eventually.Is(async () => (await system.User.Get($"/api/v1/wallets/{system.WalletOf("34")}/sync")).ToString()
            .Contains("counts coins paid to a key in the open", StringComparison.Ordinal), "the reason is told");

    [Fact]
    public async Task a_time_that_nobody_tells_is_an_estimate_and_said_to_be()
    {
        await Eventually.Is(async () => await Balances("20") == "native 900000000 900000000 verified", "it is verified");
        var transactions = new List<JsonElement>();
        await foreach (var each in system.User.All($"/api/v1/wallets/{system.WalletOf("20")}/transactions")) transactions.Add(each);
        var only = transactions.ShouldHaveSingleItem();
        only.GetProperty("timeProvisional").GetBoolean().ShouldBeTrue();
        only.GetProperty("time").GetDateTimeOffset().Year.ShouldBe(2020);
    }

    [Fact]
    public async Task no_instant_shows_a_balance_that_the_chain_never_had()
    {
        await Eventually.Is(async () => await Balances("33") == "native 0 0 verified", "it is verified");
        var times = system.Case("33").Answers["txs"]!.AsArray().Select(each => (long)each!["status"]!["block_time"]!).Order().ToArray();
        foreach (var seconds in (long[])[times[0] - 1, times[0], times[0] + 1, times[1] - 1, times[1], times[1] + 1])
        {
            var at = Uri.EscapeDataString(DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("O"));
            var then = await system.User.Get($"/api/v1/wallets/{system.WalletOf("33")}/balances?at={at}");
            Amount(then.GetProperty("data").EnumerateArray().Single(), "derived").ShouldBe("0", $"at {seconds}");
        }
    }

    [Fact]
    public async Task what_is_held_and_no_transaction_tells_of_is_shown_with_its_difference()
    {
        await Eventually.Get(
            async () => string.Join(", ", (await Rows("22")).Select(row =>
                (Shown(Text(row, "asset")) is "native" ? "native" : "token") +
                $" {Amount(row, "reported")} {Amount(row, "derived")} {Text(row, "status")}" + string.Concat(
                    row.GetProperty("differences").EnumerateArray().Select(each =>
                        $" ({Text(each, "class")} {Amount(each, "balance")}{Because(each)})"))).Order()),
            told => told == "native 100000000 100000000 verified, token 777 0 mismatch (balance 777)",
            "the token account is an asset of which nothing was read");
        await NoBalanceIsBelowZero("22");
    }

    private async Task<string> Balances(string id) => string.Join(", ", (await Rows(id))
        .Select(row => $"{Shown(Text(row, "asset"))} {Amount(row, "reported")} {Amount(row, "derived")} {Text(row, "status")}")
        .Order(StringComparer.Ordinal));

    private static string Because(JsonElement difference) =>
        difference.TryGetProperty("reason", out var reason) && reason.ValueKind is JsonValueKind.String ? $" {reason.GetString()}" : "";

    private async Task NoBalanceIsBelowZero(string id)
    {
        await foreach (var transaction in system.User.All($"/api/v1/wallets/{system.WalletOf(id)}/transactions"))
            Amount(transaction, "balance").ShouldNotStartWith("-", customMessage: transaction.ToString());
    }

    private async Task<IReadOnlyList<JsonElement>> Rows(string id) =>
        [.. (await system.User.Get($"/api/v1/wallets/{system.WalletOf(id)}/balances")).GetProperty("data").EnumerateArray()];

    private static string Shown(string asset) => asset.Contains("/slip44:", StringComparison.Ordinal)
        ? "native" : asset[(asset.LastIndexOf(':') + 1)..].ToLower(CultureInfo.InvariantCulture);

    private static string Amount(JsonElement row, string name) =>
        row.GetProperty(name) is { ValueKind: JsonValueKind.Object } money ? Text(money, "amount") : "null";

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
