using System.Net;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Script;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Simulator;

public sealed class SpeakingEsplora(RunningSimulator simulator) : IClassFixture<RunningSimulator>
{
    private const string Bitcoin = "bitcoin";
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    private SimulatorClient Script => simulator.Script;

    [Fact]
    public async Task a_walk_over_http_finds_exactly_the_truth()
    {
        var address = await Address(130);
        List<string> walked = [];
        for (var page = await Page($"address/{address}/txs"); page.Count > 0; page = await Page($"address/{address}/txs/chain/{walked[^1]}"))
            walked.AddRange(page);

        var truth = await Script.TruthAsync(Bitcoin, address, summary: false, cancellation);
        walked.ShouldBe(truth.Transactions!.Select(line => line.Txid), ignoreOrder: true);
        truth.Count.ShouldBe(130);

        var counts = await Script.RequestsAsync(cancellation);
        counts.PageCalls[address].ShouldBe(7);
        counts.DistinctPages.ShouldBe(7);
    }

    [Fact]
    public async Task a_summary_has_confirmed_and_pending_totals()
    {
        var address = await Address(40);
        await Script.AddAsync(new AddTransactions(Bitcoin, [address], 2, Held: true), cancellation);
        var truth = await Script.TruthAsync(Bitcoin, address, summary: true, cancellation);

        var summary = await Json($"address/{address}");
        Keys(summary).ShouldBe(["address", "chain_stats", "mempool_stats"]);
        var confirmed = summary.GetProperty("chain_stats");
        Keys(confirmed).ShouldBe(["funded_txo_count", "funded_txo_sum", "spent_txo_count", "spent_txo_sum", "tx_count"]);
        confirmed.GetProperty("tx_count").GetInt32().ShouldBe(40);
        (confirmed.GetProperty("funded_txo_sum").GetInt64() - confirmed.GetProperty("spent_txo_sum").GetInt64()).ToString().ShouldBe(truth.Balance);
        summary.GetProperty("mempool_stats").GetProperty("tx_count").GetInt32().ShouldBe(2);
        (await Page($"address/{address}/txs")).Count.ShouldBe(27);
        (await Page($"address/{address}/txs/mempool")).Count.ShouldBe(2);
        (await Page($"address/{address}/txs/chain")).Count.ShouldBe(25);
    }

    [Fact]
    public async Task blocks_are_found_by_height_and_hash_and_show_their_transactions()
    {
        await Address(60);
        var tip = await Script.TipAsync(Bitcoin, cancellation);

        (await Text("blocks/tip/height")).ShouldBe(tip.Height.ToString());
        (await Text("blocks/tip/hash")).ShouldBe(tip.Hash);
        (await Text($"block-height/{tip.Height}")).ShouldBe(tip.Hash);
        var block = await Json($"block/{tip.Hash}");
        (await Text($"block-height/{tip.Height - 1}")).ShouldBe(block.GetProperty("previousblockhash").GetString());
        var txids = await Json($"block/{tip.Hash}/txids");
        block.GetProperty("tx_count").GetInt32().ShouldBe(txids.GetArrayLength());
        (await Page($"block/{tip.Hash}/txs/0")).ShouldBe(txids.EnumerateArray().Select(txid => txid.GetString()).Take(25));
        (await Json($"block/{tip.Hash}/status")).GetProperty("in_best_chain").GetBoolean().ShouldBeTrue();
        (await Json($"tx/{txids[0]}/status")).GetProperty("block_hash").GetString().ShouldBe(tip.Hash);
    }

    [Theory]
    [InlineData("block-height/99999999", 404, "Block not found")]
    [InlineData("block-height/abc", 400, "Invalid number")]
    [InlineData("block/1111111111111111111111111111111111111111111111111111111111111111", 404, "Block not found")]
    [InlineData("tx/1111111111111111111111111111111111111111111111111111111111111111", 404, "Transaction not found")]
    [InlineData("tx/11", 400, "Invalid hex string")]
    [InlineData("address/nonsense", 400, "Invalid Bitcoin address")]
    [InlineData("address/tb1q4hfdwge8atev86xxdvkswl8f0ju3qfd9an8w5n/txs", 400, "Address on invalid network")]
    [InlineData("tx/1111111111111111111111111111111111111111111111111111111111111111/status", 200, "{\"confirmed\":false}")]
    [InlineData("address/bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5/txs", 200, "[]")]
    [InlineData("address/bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5/utxo", 200, "[]")]
    public async Task what_is_missing_or_malformed_is_answered_as_the_real_one_does(string path, int status, string body)
    {
        using var response = await simulator.Http.GetAsync($"/bitcoin/api/{path}", cancellation);

        ((int)response.StatusCode).ShouldBe(status);
        (await response.Content.ReadAsStringAsync(cancellation)).ShouldBe(body);
    }

    [Fact]
    public async Task unspent_outputs_have_the_recorded_shape_and_the_balance()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        var address = await Address(50);
        var recorded = JsonDocument.Parse(await File.ReadAllTextAsync(
            SharedData.PathOf("providers", "esplora", "_address_2NEhVzd2Lom5g7ZF5K1qYrgZLpXecniqHcE_utxo.81df3b9e.json"),
            cancellation)).RootElement[0];

        var unspent = await Json($"address/{address}/utxo");
        Keys(unspent[0]).ShouldBe(Keys(recorded));
        Keys(unspent[0].GetProperty("status")).ShouldBe(Keys(recorded.GetProperty("status")));
        var balance = (await Script.TruthAsync(Bitcoin, address, summary: true, cancellation)).Balance;
        unspent.EnumerateArray().Sum(output => output.GetProperty("value").GetInt64()).ToString().ShouldBe(balance);
    }

    [Fact]
    public async Task an_unknown_property_or_command_is_refused()
    {
        using var typo = new StringContent("{\"network\":\"bitcoin\",\"blokcs\":2}", null, "application/json");
        (await simulator.Http.PostAsync("/admin/mine", typo, cancellation)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var empty = new StringContent("{}", null, "application/json");
        (await simulator.Http.PostAsync("/admin/nonsense", empty, cancellation)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await Should.ThrowAsync<ScriptException>(() => Script.MineAsync(new("nowhere"), cancellation));
    }

    private async Task<string> Address(int transactions)
    {
        await Script.ResetAsync(1, cancellation);
        return (await Script.CreateAsync(new(Bitcoin, transactions), cancellation)).Single();
    }

    private Task<string> Text(string path) => simulator.Http.GetStringAsync($"/bitcoin/api/{path}", cancellation);

    private async Task<JsonElement> Json(string path) => JsonDocument.Parse(await Text(path)).RootElement;

    private async Task<List<string>> Page(string path) =>
        [.. (await Json(path)).EnumerateArray().Select(transaction => transaction.GetProperty("txid").GetString()!)];

    private static IEnumerable<string> Keys(JsonElement json) => json.EnumerateObject().Select(property => property.Name);
}
