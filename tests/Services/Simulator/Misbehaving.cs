using System.Net;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Simulator;

public sealed class Misbehaving(RunningSimulator simulator) : IClassFixture<RunningSimulator>
{
    private const string Bitcoin = "bitcoin";
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    private SimulatorClient Script => simulator.Script;

    [Fact]
    public async Task a_rate_limit_names_the_time_to_wait_and_hits_as_often_as_told()
    {
        await Script.ResetAsync(1, cancellation);
        await Script.SetFaultAsync(new(FaultKind.RateLimit, Skip: 1, Count: 2, RetryAfterSeconds: 7, Route: "/blocks/tip/*"), cancellation);

        List<int> statuses = [];
        for (var i = 0; i < 4; i++)
        {
            using var response = await Get("blocks/tip/height");
            statuses.Add((int)response.StatusCode);
            if (response.StatusCode is HttpStatusCode.TooManyRequests) response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        }

        statuses.ShouldBe([200, 429, 429, 200]);
        (await Script.LastRequestsAsync(cancellation)).Select(request => request.Status).ShouldBe(statuses);
        (await Script.FaultsAsync(cancellation)).Single().Hit.ShouldBe(2);
    }

    [Fact]
    public async Task a_replica_has_faults_of_its_own()
    {
        await Script.ResetAsync(1, cancellation);
        await Script.MineAsync(new(Bitcoin, 20), cancellation);
        await Script.SetFaultAsync(new(FaultKind.Lag, Replica: "second", By: 6), cancellation);
        await Script.SetFaultAsync(new(FaultKind.Status, Replica: "third", Status: 503), cancellation);
        await Script.SetFaultAsync(new(FaultKind.Stop, Replica: "fourth", Network: Bitcoin), cancellation);
        await Script.ReorganiseAsync(new(Bitcoin, 3), cancellation);

        var tip = await Script.TipAsync(Bitcoin, cancellation);
        (await Text("/bitcoin/api/blocks/tip/height")).ShouldBe(tip.Height.ToString());
        (await Text("/second/bitcoin/api/blocks/tip/height")).ShouldBe((tip.Height - 6).ToString());
        (await Text("/fourth/bitcoin/api/blocks/tip/height")).ShouldBe((tip.Height - 1).ToString());
        using var third = await simulator.Http.GetAsync("/third/bitcoin/api/blocks/tip/height", cancellation);
        third.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData(FaultKind.Html)]
    [InlineData(FaultKind.Truncate)]
    public async Task a_spoilt_body_comes_with_200(FaultKind kind)
    {
        var address = await Address(30);
        await Script.SetFaultAsync(new(kind), cancellation);

        using var response = await Get($"address/{address}/txs");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var body = await response.Content.ReadAsStringAsync(cancellation);
        Should.Throw<JsonException>(() => JsonDocument.Parse(body));
    }

    [Fact]
    public async Task a_broken_connection_ends_inside_the_body()
    {
        var address = await Address(30);
        await Script.SetFaultAsync(new(FaultKind.Break), cancellation);

        await Should.ThrowAsync<HttpRequestException>(() => Text($"/bitcoin/api/address/{address}/txs"));
    }

    [Fact]
    public async Task summaries_lie_and_pages_are_empty_or_endless_as_told()
    {
        var address = await Address(30);
        await Script.SetFaultAsync(new(FaultKind.Lie, Id: "lie", Balance: 5, Transactions: 2), cancellation);
        var balance = long.Parse((await Script.TruthAsync(Bitcoin, address, true, cancellation)).Balance);
        var told = (await Json($"address/{address}")).GetProperty("chain_stats");
        (told.GetProperty("funded_txo_sum").GetInt64() - told.GetProperty("spent_txo_sum").GetInt64()).ShouldBe(balance + 5);
        told.GetProperty("tx_count").GetInt32().ShouldBe(32);

        await Script.SetFaultAsync(new(FaultKind.EmptyPage, Count: 1), cancellation);
        (await Json($"address/{address}/txs")).GetArrayLength().ShouldBe(0);
        (await Json($"address/{address}/txs")).GetArrayLength().ShouldBe(25);

        await Script.SetFaultAsync(new(FaultKind.EndlessPages, Invented: true), cancellation);
        var last = (await Json($"address/{address}/txs"))[24].GetProperty("txid").GetString();
        for (var i = 0; i < 5; i++)
        {
            var page = await Json($"address/{address}/txs/chain/{last}");
            page.GetArrayLength().ShouldBe(25);
            last = page[24].GetProperty("txid").GetString();
        }
    }

    [Fact]
    public async Task a_gate_holds_the_named_request_until_it_is_released()
    {
        var address = await Address(60);
        var gate = await Script.SetFaultAsync(new(FaultKind.Gate, Route: "/address/*/txs/chain*", Skip: 1, Count: 1), cancellation);
        (await Json($"address/{address}/txs/chain")).GetArrayLength().ShouldBe(25);

        var held = Get($"address/{address}/txs/chain");
        await Eventually.Is(async () => (await Script.GatesAsync(cancellation)).Count == 1, "the second request stands at the gate");
        held.IsCompleted.ShouldBeFalse();
        (await Script.ReleaseGateAsync(gate, null, cancellation)).ShouldBe(1);
        using var response = await held;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_gate_in_mid_body_has_sent_half_of_it()
    {
        var address = await Address(60);
        await Script.SetFaultAsync(new(FaultKind.Gate, MidBody: true, Route: "/address/*"), cancellation);

        using var response = await simulator.Http.GetAsync($"/bitcoin/api/address/{address}/txs", HttpCompletionOption.ResponseHeadersRead,
            cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.Is(async () => (await Script.GatesAsync(cancellation)).Count == 1, "the other half is held");
        var body = response.Content.ReadAsStringAsync(cancellation);
        body.IsCompleted.ShouldBeFalse();
        await Script.ClearFaultsAsync(cancellation);
        JsonDocument.Parse(await body).RootElement.GetArrayLength().ShouldBe(25);
    }

    [Fact]
    public async Task a_hanging_request_answers_once_the_fault_is_cleared()
    {
        await Script.ResetAsync(1, cancellation);
        await Script.SetFaultAsync(new(FaultKind.Hang), cancellation);
        var hanging = Get("blocks/tip/height");
        await Eventually.Is(async () => (await Script.FaultsAsync(cancellation)).Single().Hit == 1, "the request hangs");
        hanging.IsCompleted.ShouldBeFalse();

        await Script.ClearFaultsAsync(cancellation);
        using var response = await hanging;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task pages_shift_under_a_walk()
    {
        var address = await Address(100);
        await Script.ShiftAsync(new(Bitcoin, Every: 2, Transactions: 3), cancellation);

        var first = await Json($"address/{address}/txs/chain");
        var last = first[24].GetProperty("txid").GetString();
        for (var i = 0; i < 3; i++)
        {
            var page = await Json($"address/{address}/txs/chain/{last}");
            last = page[page.GetArrayLength() - 1].GetProperty("txid").GetString();
        }

        (await Script.RequestsAsync(cancellation)).ShiftsInsideWalks.ShouldBe(1);
        (await Script.TruthAsync(Bitcoin, address, true, cancellation)).Count.ShouldBeInRange(101, 103);
    }

    private async Task<string> Address(int transactions)
    {
        await Script.ResetAsync(1, cancellation);
        return (await Script.CreateAsync(new(Bitcoin, transactions), cancellation)).Single();
    }

    private Task<HttpResponseMessage> Get(string path) => simulator.Http.GetAsync($"/bitcoin/api/{path}", cancellation);

    private Task<string> Text(string path) => simulator.Http.GetStringAsync(path, cancellation);

    private async Task<JsonElement> Json(string path) => JsonDocument.Parse(await Text($"/bitcoin/api/{path}")).RootElement;
}
