using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ChainSimulator;
using ChainSimulator.Serving;
using Chains;
using Contracts;
using Portfolio.Statements;
using Portfolio.Statements.Verifying;
using ServiceDefaults;
using Services.Sync;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Statements;

/// <summary>Real addresses of two recorded blocks, whose proofs the simulator tells as an explorer would.</summary>
public sealed class ProveByRealBlocks(ProvenPortfolio portfolio, ProveByRealBlocks.Testnet sync)
    : IClassFixture<ProvenPortfolio>, IClassFixture<ProveByRealBlocks.Testnet>, IAsyncLifetime
{
    private const string Slug = "bitcoin-testnet";
    private const int Listed = 5;

    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public sealed class Testnet : SyncParts
    {
        protected override IEnumerable<(string Key, string Value)> MoreSettings =>
        [
            ($"Chains:{Slug}:Providers:0:Name", "explorer"), ($"Chains:{Slug}:Providers:0:Kind", "esplora"),
            ($"Chains:{Slug}:Providers:0:BaseUrl", Script.ProviderUrl(Slug)), ($"Chains:{Slug}:Providers:0:RequestsPerSecond", "0"),
            ($"Chains:{Slug}:RestSeconds", "0"),
        ];
    }

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        await sync.Script.ClearFaultsAsync(Cancellation);
        api = await SyncApi.Start(sync);
        portfolio.Sync = async (request, ct) =>
        {
            using var client = api.AsService("portfolio");
            return await client.PostAsync(request.RequestUri!.PathAndQuery, new ByteArrayContent(await request.Content!.ReadAsByteArrayAsync(ct))
            {
                Headers = { ContentType = request.Content.Headers.ContentType },
            }, ct);
        };
    }

    public ValueTask DisposeAsync() => api is null ? ValueTask.CompletedTask : api.DisposeAsync();

    [Fact]
    public async Task every_transaction_is_proved_by_its_block_and_the_statement_is_checked_offline()
    {
        var (client, path) = await World();
        var text = await client.GetStringAsync($"{path}/statement?proofs=true", Cancellation);
        var statement = JsonNode.Parse(text)!;
        var proofs = statement["proofs"]!["transactions"]!.AsArray();
        proofs.Count.ShouldBeGreaterThan(Listed);
        proofs.ShouldAllBe(proof => proof!["proof"] != null && proof["unprovable"] == null && (string)proof["provider"]! == "explorer");

        var findings = StatementFile.Check(
            Encoding.UTF8.GetBytes(text), await client.GetStringAsync("/api/v1/statement-keys", Cancellation), Networks.Shipped);
        findings.Where(finding => finding.Kind == FindingKind.Fault).ShouldBeEmpty();
        findings.Count(finding => finding.Text.Contains("hashes were tried for", StringComparison.Ordinal)).ShouldBe(proofs.Count);
    }

    [Fact]
    public async Task a_provider_that_tells_a_wrong_proof_is_refused_and_the_transaction_says_why()
    {
        var (client, path) = await World();
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Route: "*/merkle-proof"), Cancellation);
        var statement = await Lists.Get(client, $"{path}/statement?proofs=true");
        statement["proofs"]!["transactions"]!.AsArray().ShouldAllBe(proof => proof!["proof"] == null
            && ((string)proof["unprovable"]!).Contains("explorer: tells a proof that is wrong", StringComparison.Ordinal));

        await sync.Script.ClearFaultsAsync(Cancellation);
        await sync.Script.SetFaultAsync(new(FaultKind.Html, Route: "*/header"), Cancellation);
        statement = await Lists.Get(client, $"{path}/statement?proofs=true");
        statement["proofs"]!["transactions"]!.AsArray().ShouldAllBe(proof => ((string)proof!["unprovable"]!).StartsWith(Statement.Unprovable));
        await sync.Script.ClearFaultsAsync(Cancellation);
    }

    [Fact]
    public async Task only_portfolio_may_ask_and_not_for_more_than_a_statement_proves()
    {
        using var person = api.As(Guid.CreateVersion7());
        using var wallets = api.AsService("wallets");
        using var portfolios = api.AsService("portfolio");
        var wanted = new ProofsWanted(Slug, [], []);
        foreach (var client in (HttpClient[])[person, wallets])
        {
            using var refused = await client.PostAsJsonAsync("/internal/proofs", wanted, ApiJson.Options, Cancellation);
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        using var many = await portfolios.PostAsJsonAsync("/internal/proofs",
            wanted with { Transactions = [.. Enumerable.Range(0, 201).Select(i => new TransactionToProve($"{i}", "block"))] },
            ApiJson.Options, Cancellation);
        many.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task a_history_that_lacks_what_made_a_coin_is_found_by_the_transaction_that_spends_it()
    {
        // Its coin was made before the recorded blocks, and nothing says that its history is still being read.
        var (client, path) = await World(row => row[0] == "mtzCwmDunKehzBGLprRVFpaR47E8RB7Auw");
        var text = await client.GetStringAsync($"{path}/statement?proofs=true", Cancellation);
        StatementFile.Check(Encoding.UTF8.GetBytes(text), null, Networks.Shipped).Where(finding => finding.Kind == FindingKind.Fault)
            .ShouldAllBe(finding => finding.Text.Contains("that the listed transactions made"));
        StatementFile.Check(Encoding.UTF8.GetBytes(text), null, Networks.Shipped).ShouldContain(finding => finding.Kind == FindingKind.Fault);
    }

    private Task<(HttpClient Client, string Path)> World() => World(row => row[1] is "2" or "3" or "4" && row[3] == "0");

    private async Task<(HttpClient Client, string Path)> World(Func<string[], bool> wanted)
    {
        await portfolio.Clear();
        await sync.Script.ResetAsync(1, Cancellation);
        await sync.Script.LoadAsync(new(Slug,
        [
            SharedData.PathOf("bitcoin", "testnet3-928848-928849.blocks.jsonl.gz"),
            SharedData.PathOf("bitcoin", "testnet3-928848-928849.txs.jsonl.gz"),
        ]), Cancellation);
        var addresses = (await File.ReadAllLinesAsync(SharedData.PathOf("bitcoin", "testnet3-928848-928849.truth.csv"), Cancellation)).Skip(1)
            .Select(line => line.Split(',')).Where(wanted).Select(row => row[0]).Take(Listed);
        var (owner, wallet, at) = (Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "recorded", at));
        foreach (var address in addresses)
        {
            var (id, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            var truth = await sync.Script.TruthAsync(Slug, address, summary: false, Cancellation);
            await portfolio.FromWallets(new AddressImported(wallet, id, Slug, address, null, at));
            await portfolio.FromSync(
                new LedgerTracked(ledger, wallet, id, Slug, address, at), new LedgerWalkStarted(ledger, "first", at),
                new TransactionsObserved(ledger, [.. truth.Transactions!.Select(Observed)]),
                new LedgerWalkCompleted(ledger, "first", truth.TipHeight, truth.TipHash, at));
        }

        return (portfolio.As(owner), $"/api/v1/wallets/{wallet}");
    }

    private static ObservedTransaction Observed(ToldTransaction told) => new(
        told.Txid, told.Height, told.BlockHash, DateTimeOffset.FromUnixTimeSeconds(told.Time), null, Amount.Parse(told.Fee),
        [new Movement("native", Networks.BitcoinTestnet.Native.Caip19, long.Parse(told.Delta, CultureInfo.InvariantCulture))],
        [], [], false, 0, "explorer");
}
