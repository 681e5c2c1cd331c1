using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Microsoft.Extensions.Options;
using Portfolio.Statements.Verifying;
using ServiceDefaults;
using Services.Sync;
using Shouldly;
using Sync.Chains.Evm;
using Sync.Proofs;
using Sync.Providers;
using Xunit;

namespace Services.Portfolio.Statements;

/// <summary>What a real node proves of an account, from the chain to the check offline.</summary>
public sealed class ProveByANode(ProvenPortfolio portfolio, RunningAnvil anvil) : IClassFixture<ProvenPortfolio>, IClassFixture<RunningAnvil>
{
    private const long Sent = 1_000_000_000_000_000_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Native => Networks.Ethereum.Native.Caip19;

    [Fact]
    public async Task an_accounts_balance_is_proved_against_the_state_now_and_then()
    {
        var (client, path, address, blocks) = await World(Sent, Sent / 2);
        foreach (var query in (string[])["", $"&at={blocks[0].Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}"])
        {
            var text = await client.GetStringAsync($"{path}/statement?proofs=true{query}", Cancellation);
            var proof = JsonNode.Parse(text)!["proofs"]!["balances"]![0]!;
            ((string?)proof["unprovable"]).ShouldBeNull();
            ((long)proof["proof"]!["height"]!).ShouldBe(query is "" ? blocks[1].Height : blocks[0].Height);

            var findings = StatementFile.Check(
                Encoding.UTF8.GetBytes(text), await client.GetStringAsync("/api/v1/statement-keys", Cancellation), Networks.Shipped);
            findings.Where(finding => finding.Kind == FindingKind.Fault).ShouldBeEmpty();
            var held = $"held {(query is "" ? Sent + (Sent / 2) : Sent)} ";
            findings.ShouldContain(finding => finding.Kind == FindingKind.Shown && finding.Where.Contains(address) && finding.Text.Contains(held));
            findings.ShouldContain(finding => finding.Kind == FindingKind.NotShown && finding.Text.Contains("nodes tell no proof of a transaction"));
        }
    }

    [Fact]
    public async Task a_balance_that_the_node_proves_to_be_another_is_not_proved_and_says_what_it_is()
    {
        var (client, path, _, _) = await Told([Sent], Sent + 1);
        var proof = (await Lists.Get(client, $"{path}/statement?proofs=true"))["proofs"]!["balances"]![0]!;
        proof["proof"].ShouldBeNull();
        ((string)proof["unprovable"]!).ShouldContain($"proves that the account held {Sent} ");
    }

    [Fact]
    public async Task each_digit_of_a_proof_matters()
    {
        var (_, _, address, blocks) = await World(Sent);
        var proof = await anvil.Node.ProofAsync(EvmAccounts(address), blocks[0].Height, Cancellation);
        proof.Read(address).ShouldBe((Sent, null));
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var node = random.Next(proof.Nodes.Count + 1);
            var changed = node == proof.Nodes.Count ? proof with { Header = Changed(proof.Header, random) }
                : proof with { Nodes = [.. proof.Nodes.Select((text, at) => at == node ? Changed(text, random) : text)] };
            changed.Read(address).WhyWrong.ShouldNotBeNull();
        }

        (proof with { Nodes = [.. proof.Nodes.SkipLast(1)] }).Read(address).WhyWrong.ShouldNotBeNull();
        proof.Read(RunningAnvil.Rich).Balance.ShouldNotBe(Sent);

        // An account that is nowhere is proved to have nothing.
        var nobody = EvmProvider.Account("nobody ever");
        (await anvil.Node.ProofAsync(nobody, null, Cancellation)).Read(nobody).ShouldBe((0, null));
    }

    private static string EvmAccounts(string address) => address.ToLowerInvariant();

    private static string Changed(string hex, Random random)
    {
        var place = random.Next(hex.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0, hex.Length);
        return $"{hex[..place]}{Convert.ToInt32(hex[place].ToString(), 16) ^ random.Next(1, 16):x}{hex[(place + 1)..]}";
    }

    private Task<(HttpClient Client, string Path, string Address, IReadOnlyList<EvmBlock> Blocks)> World(params long[] amounts) =>
        Told(amounts, amounts.Sum());

    private async Task<(HttpClient Client, string Path, string Address, IReadOnlyList<EvmBlock> Blocks)> Told(long[] amounts, long told)
    {
        await portfolio.Clear();
        var address = ((Address)Addresses.Parse(Networks.Ethereum, EvmProvider.Account($"proved {Guid.NewGuid()}"))).Text;
        var (observed, blocks) = (new List<ObservedTransaction>(), new List<EvmBlock>());
        foreach (var amount in amounts)
        {
            // Blocks of one second would have one time.
            if (blocks.Count > 0) await anvil.Call("evm_setNextBlockTimestamp", blocks[^1].Time.ToUnixTimeSeconds() + 1);
            var hash = await anvil.Send(RunningAnvil.Rich, EvmAccounts(address), $"0x{amount:x}");
            var receipt = (await anvil.Node.ReceiptsAsync([hash], Cancellation))[hash];
            var block = (await anvil.Node.BlockAsync(receipt.Height, Cancellation))!;
            blocks.Add(block);
            observed.Add(new(hash, block.Height, block.Hash, block.Time, null, 0, [new Movement("native", Native, amount)],
                [], [], false, 0, "anvil"));
        }

        var (owner, wallet, id, ledger, at) = (
            Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        observed[^1] = observed[^1] with { Movements = [new Movement("native", Native, amounts[^1] + told - amounts.Sum())] };
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "node", at), new AddressImported(wallet, id, "ethereum", address, null, at));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, id, "ethereum", address, at), new LedgerWalkStarted(ledger, "first", at),
            new TransactionsObserved(ledger, observed), new LedgerWalkCompleted(ledger, "first", blocks[^1].Height, blocks[^1].Hash, at));
        var prover = new Prover(
            new ProviderPools([new ProviderPool([new Alchemy(Networks.Ethereum, "anvil", anvil.Node)], TimeSpan.Zero, TimeProvider.System)]),
            Networks.Shipped, Options.Create(new ProofOptions()), TimeProvider.System);
        portfolio.Sync = async (request, ct) => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = JsonContent.Create(
                await prover.AnswerAsync((await request.Content!.ReadFromJsonAsync<ProofsWanted>(ApiJson.Options, ct))!, ct),
                options: ApiJson.Options),
        };
        return (portfolio.As(owner), $"/api/v1/wallets/{wallet}", address, blocks);
    }
}
