using System.Text.Json.Nodes;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>Money that the system itself brings is in no transaction; the contract that stands for the native coin logs it.</summary>
public sealed class ComingByStateSync
{
    private static readonly string Coin = GivenAccounts.Account('c');
    private static readonly Network Bridged = Networks.Ethereum with { NativeContracts = [Coin] };
    private static readonly OffLedgerChange Seven = new("state-sync", 50, 7);

    [Fact]
    public async Task the_nodes_log_names_it()
    {
        var told = await Told(new JsonObject { ["result"] = new JsonArray(Log()) }, "[]");
        told.Told.ShouldBe([Seven]);
        told.IsWhole.ShouldBeTrue();
        (await Told(new JsonObject { ["result"] = new JsonArray() }, "[]")).Told.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_node_that_tells_of_a_few_blocks_at_once_leaves_it_to_the_explorer()
    {
        var refusal = new JsonObject { ["error"] = new JsonObject { ["code"] = -32602, ["message"] = "eth_getLogs is limited to a 10,000 range" } };
        (await Told(refusal, $"[{Log().ToJsonString()}]")).Told.ShouldBe([Seven]);
        (await Told(refusal, "\"Error! Invalid module\"")).ShouldSatisfyAllConditions(
            told => told.Told.ShouldBeEmpty(), told => told.IsWhole.ShouldBeFalse("nobody tells it"));
    }

    [Fact]
    public async Task a_log_of_another_contract_or_block_is_not_believed()
    {
        foreach (var (name, value) in new[] { ("address", GivenAccounts.Account('d')), ("blockNumber", "0xfff"), ("data", "0x7") })
        {
            var log = Log();
            log[name] = value;
            (await Told(new JsonObject { ["result"] = new JsonArray(log) }, "\"Error! Invalid module\"")).IsWhole.ShouldBeFalse(name);
        }
    }

    private static JsonObject Log() => new()
    {
        ["address"] = Coin, ["blockNumber"] = "0x32", ["blockHash"] = GivenAccounts.Hash('f'), ["logIndex"] = "0x1",
        ["transactionHash"] = GivenAccounts.Hash('1'), ["data"] = "0x" + 7.ToString("x64") + 0.ToString("x64") + 7.ToString("x64"),
        ["topics"] = new JsonArray(EvmRules.Bridged, EvmRules.Padded(GivenAccounts.Account('e')), EvmRules.Padded(GivenAccounts.Me)),
    };

    private static Task<OffLedgerChanges> Told(JsonObject answer, string listed)
    {
        var node = new EvmRpc(Bridged, "node", (json, _, _, _) =>
        {
            var told = (string)JsonNode.Parse(json.Span)!["method"]! == "eth_chainId"
                ? new JsonObject { ["result"] = "0x1" } : answer.DeepClone().AsObject();
            (told["jsonrpc"], told["id"]) = ("2.0", 1);
            return Task.FromResult<Body?>(GivenAccounts.Body(told.ToJsonString()));
        });
        var calls = new EtherscanCalls(1, "explorer", (path, _, _) => Task.FromResult<Body?>(GivenAccounts.Body(
            path.Contains("module=logs&action=getLogs&", StringComparison.Ordinal)
                ? $$"""{"status":"{{(listed[0] == '[' ? 1 : 0)}}","message":"OK","result":{{listed}}}"""
                : """{"status":"0","message":"No records found","result":[]}""")));
        return new Etherscan(Bridged, "explorer", calls, node)
            .OffLedgerChangesAsync(GivenAccounts.Address, 0, 100, TestContext.Current.CancellationToken);
    }
}
