using System.Text.Json;
using ChainSimulator;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>A network that does not ship, known to every service by the same few settings.</summary>
public sealed class AddedNetwork
{
    private const string Network = "litecoin-testnet";

    // As docs/recipes/network.md shows it.
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["Name"] = "Litecoin Testnet", ["Family"] = "utxo", ["Caip2"] = "bip122:4966625a4b2851d9fdee139e56211a0d",
        ["Symbol"] = "tLTC", ["Decimals"] = "8", ["Slip44"] = "1",
        ["ConfirmationsRequired"] = "6", ["SafeDepth"] = "100", ["BlockTime"] = "00:02:30", ["CoinbaseMaturity"] = "100",
        ["P2pkhVersion"] = "111", ["P2shVersions__0"] = "58", ["P2shVersions__1"] = "196", ["Bech32Prefix"] = "tltc",
    };

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task it_is_imported_synced_and_told_in_its_own_coin_by_configuration_alone()
    {
        await using var system = await WholeSystem.Start(
            system =>
            {
                foreach (var service in (string[])["wallets", "sync", "portfolio"])
                    system.Settings[service] = Settings.ToDictionary(entry => $"Networks__{Network}__{entry.Key}", entry => entry.Value);
                var provider = $"Chains__{Network}__Providers__0__";
                system.Settings["sync"][provider + "Name"] = "simulator";
                system.Settings["sync"][provider + "Kind"] = "esplora";
                system.Settings["sync"][provider + "BaseUrl"] = new Uri(system.AddressOf("simulator"), $"/{Network}/api").ToString();
                system.Settings["sync"][provider + "RequestsPerSecond"] = "0";
            },
            [.. Settings.Select(entry => $"--Networks:{Network}:{entry.Key.Replace("__", ":", StringComparison.Ordinal)}={entry.Value}")]);
        var script = new SimulatorClient(system.Script);
        var address = (await script.CreateAsync(new(Network, 60), cancellation)).Single();
        address.ShouldStartWith("tltc1q");
        var user = await system.NewUser();
        var wallet = await user.CreateWallet("litecoin");

        await user.Import(wallet, address.ToUpperInvariant(), Network);

        await user.UntilVerified(wallet);
        await system.UntilTrue(user, wallet, address, Network);
        var balance = (await user.Get($"/api/v1/wallets/{wallet}/balances")).GetProperty("data")[0];
        (Text(balance, "asset"), Text(balance.GetProperty("derived"), "symbol"))
            .ShouldBe(("bip122:4966625a4b2851d9fdee139e56211a0d/slip44:1", "tLTC"));
        var listed = (await user.Get("/api/v1/networks")).GetProperty("data").EnumerateArray().Single(network => Text(network, "network") == Network);
        (listed.GetProperty("synced").GetBoolean(), Text(listed.GetProperty("providers")[0], "name")).ShouldBe((true, "simulator"));
        await system.NoEventIsThereTwice("sync");
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
