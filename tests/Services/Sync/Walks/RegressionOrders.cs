using ChainSimulator.Serving;
using Contracts;
using Shouldly;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>Orders of things that once ended wrong: each is scripted to the step and must end with the truth.</summary>
public sealed class RegressionOrders(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_transaction_read_in_a_block_that_dies_before_the_round_closes_is_read_again()
    {
        var (wallet, addresses) = await sync.NewWallet(30);
        await sync.Mine(15);
        await sync.Sync(wallet);
        await sync.Mine(1, 1, addresses[0]);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Replica: "main", Route: "/blocks/tip/hash", Skip: 1, Count: 1), ct);
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        var running = sync.Runner.RunAsync(await sync.NextSlice(wallet), false, ct);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(ct)).Count == 1, "the closing question for the tip waits");
        await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, 1), ct);
        await sync.Script.ReleaseGateAsync(gate, null, ct);
        await running;

        await sync.Mine(3);
        await sync.Resync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task an_address_removed_in_mid_slice_and_imported_again_is_synced_although_the_other_wallet_goes()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await sync.NextSlice(wallet);
        await sync.Execute(
            "update walks set slice = 1, slice_done = false, fence = fence + 1, leased_until = now() + interval '40 s' where wallet_id = $1", wallet);
        var addressId = (Guid)(await sync.Execute("select address_id from ledger_trackers where wallet_id = $1", wallet))!;
        await sync.Tell(new AddressRemoved(wallet, addressId, DateTimeOffset.UtcNow), SyncParts.Imported(wallet, addresses[0]));
        await sync.Tell(new WalletDeleted(other, DateTimeOffset.UtcNow));

        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_slice_whose_consumer_died_is_taken_over_by_the_first_command_of_the_next_wallet()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await sync.NextSlice(wallet);
        await sync.Execute(
            "update walks set slice = 1, slice_done = false, fence = fence + 1, leased_until = now() - interval '1 s' where wallet_id = $1", wallet);

        var answer = await sync.Runner.RunAsync(await sync.NextSlice(other), false, ct);

        answer.ShouldNotBeNull().Answer.Outcome.ShouldBe(SliceOutcome.Done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_provider_one_block_behind_makes_nobody_forget_the_newest_transaction(bool onlyTheSecond)
    {
        var (wallet, addresses) = await sync.NewWallet(30);
        await sync.Mine(15);
        await sync.Mine(1, 1, addresses[0]);
        await sync.Sync(wallet);
        if (onlyTheSecond)
        {
            await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: "main", Route: "/address/*"), ct);
            await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: SyncParts.Second, By: 1), ct);
        }
        else
        {
            // A long silence of the chain must not be taken for a provider's patience.
            await sync.Execute("update chain_tips set at = now() - interval '11 min'");
            await sync.Script.SetFaultAsync(new(FaultKind.Lag, By: 1), ct);
        }

        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        var answer = await sync.Runner.RunAsync(await sync.NextSlice(wallet), false, ct);

        answer.ShouldNotBeNull().Answer.Outcome.ShouldBe(SliceOutcome.Deferred);
        (await sync.Execute("select count(*) from ledger_transactions join ledgers using (ledger_id) where orphaned and address = $1", addresses[0]))
            .ShouldBe(0L);
        await sync.Script.ClearFaultsAsync(ct);
    }

    [Fact]
    public async Task a_wallet_is_not_told_who_else_reads_its_address()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var stranger = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(stranger, Guid.CreateVersion7(), "stranger", DateTimeOffset.UtcNow),
            SyncParts.Imported(stranger, addresses[0]));
        await sync.NextSlice(wallet);

        (await sync.Plan(SyncParts.SagaOf(stranger))).Reason.ShouldNotBeNull().ShouldNotContain("wallet");
    }
}
