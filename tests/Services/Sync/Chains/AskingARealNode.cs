using System.Text.Json;
using Chains;
using Shouldly;
using Sync.Chains.Evm;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>The client of JSON-RPC against a node that nobody here wrote.</summary>
public sealed class AskingARealNode(RunningAnvil anvil) : IClassFixture<RunningAnvil>
{
    private const string Reverting = "0x60006000fd";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_transfer_costs_what_its_receipt_says()
    {
        var receiver = EvmProvider.Account("receiver");
        var (before, sent) = (await anvil.Node.BalanceAsync(RunningAnvil.Rich, null, ct), await anvil.Node.SentAsync(RunningAnvil.Rich, ct));

        var hash = await anvil.Send(RunningAnvil.Rich, receiver, "0xde0b6b3a7640000");

        var receipt = (await anvil.Node.ReceiptsAsync([hash], ct))[hash];
        (receipt.Failed, receipt.IsDeposit).ShouldBe((false, false));
        (await anvil.Node.BalanceAsync(receiver, null, ct)).ShouldBe(1_000_000_000_000_000_000);
        (before - await anvil.Node.BalanceAsync(RunningAnvil.Rich, null, ct)).ShouldBe(receipt.Fee!.Value + 1_000_000_000_000_000_000);
        (await anvil.Node.SentAsync(RunningAnvil.Rich, ct)).ShouldBe(sent + 1);
        (await anvil.Node.BalanceAsync(RunningAnvil.Rich, receipt.Height - 1, ct)).ShouldBe(before, "as of the block before");
        var block = (await anvil.Node.BlockAsync(receipt.Height, ct)).ShouldNotBeNull();
        block.Hash.ShouldBe(receipt.BlockHash);
    }

    [Fact]
    public async Task a_transaction_that_reverts_costs_its_gas_and_moves_nothing()
    {
        var contract = EvmProvider.Account("reverting");
        await anvil.Call("anvil_setCode", contract, Reverting);
        var before = await anvil.Node.BalanceAsync(RunningAnvil.Rich, null, ct);

        var hash = await anvil.Send(RunningAnvil.Rich, contract, "0x5");

        var receipt = (await anvil.Node.ReceiptsAsync([hash], ct))[hash];
        receipt.Failed.ShouldBeTrue();
        receipt.Fee!.Value.Sign.ShouldBe(1);
        (before - await anvil.Node.BalanceAsync(RunningAnvil.Rich, null, ct)).ShouldBe(receipt.Fee.Value);
        (await anvil.Node.BalanceAsync(contract, null, ct)).ShouldBe(0);
        (await anvil.Node.TokensAsync(RunningAnvil.Rich, [contract, EvmProvider.Account("no contract")], null, ct))
            .ShouldBeEmpty("the one reverts, the other has no code");
    }

    [Fact]
    public async Task a_tokens_movements_and_balances_are_read()
    {
        var made = await anvil.Send(RunningAnvil.Rich, null, data: AnvilNode.Token);
        var contract = (await anvil.Call("eth_getTransactionReceipt", made)).GetProperty("contractAddress").GetString()!.ToLowerInvariant();
        var holder = EvmProvider.Account("holder");
        var from = (await anvil.Node.ReceiptsAsync([made], ct))[made].Height;

        List<string> hashes = [];
        for (var i = 1; i <= 25; i++)
            hashes.Add(await anvil.Send(RunningAnvil.Rich, contract, data: $"0xa9059cbb{holder[2..].PadLeft(64, '0')}{i:x64}"));

        var logs = await anvil.Node.TransfersAsync(holder, from, from + 1000, ct);
        logs.Select(log => (log.Txid, log.Value, log.To, log.Contract))
            .ShouldBe(hashes.Select((hash, i) => (hash, (Amount)(i + 1), holder, contract)));
        (await anvil.Node.TokensAsync(holder, [contract], null, ct))[contract].ShouldBe(25 * 26 / 2);
        (await anvil.Node.TokensAsync(RunningAnvil.Rich, [contract], null, ct))[contract].ShouldBe(1_000_000_000_000_000_000 - (25 * 26 / 2));
        // More than a batch holds.
        var receipts = await anvil.Node.ReceiptsAsync([.. hashes, Hash('d')], ct);
        receipts.Keys.ShouldBe(hashes, ignoreOrder: true);
        logs.ShouldAllBe(log => receipts[log.Txid].BlockHash == log.BlockHash && receipts[log.Txid].Height == log.Height);
    }

    [Fact]
    public async Task a_reorganisation_is_seen_by_the_names_of_the_blocks()
    {
        await anvil.Call("anvil_mine", "0x6");
        var tip = (await anvil.Node.BlockAsync(null, ct)).ShouldNotBeNull();
        var (kept, replaced) = (await Name(tip.Height - 3), await Name(tip.Height - 1));

        await anvil.Call("anvil_reorg", 3, Array.Empty<object>());

        (await Name(tip.Height - 3)).ShouldBe(kept);
        (await Name(tip.Height - 1)).ShouldNotBe(replaced);
        (await Name(tip.Height)).ShouldNotBe(tip.Hash);
        (await anvil.Node.BlockAsync(tip.Height + 100, ct)).ShouldBeNull();

        async Task<string?> Name(long height) => (await anvil.Node.BlockAsync(height, ct))?.Hash;
    }

    [Fact]
    public async Task a_method_that_the_node_does_not_know_is_out_of_reach_and_nothing_worse()
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() => anvil.Call("eth_noSuchMethod"));
        var error = JsonDocument.Parse(refused.Message[refused.Message.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("error");
        RpcErrors.Of("eth_noSuchMethod", error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!)
            .ShouldBe(RpcError.UnknownMethod);
    }

    private static string Hash(char digit) => "0x" + new string(digit, 64);
}
