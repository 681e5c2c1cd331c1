using ChainSimulator;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>Wallets and addresses that go while they are synced leave nothing behind, and take nothing from anybody else.</summary>
[Collection(KillsCollection.Name)]
public sealed class DeletedWhileSyncing(FragileSystem fragile)
{
    private const string Network = "bitcoin";
    private const int Transactions = 1_000;

    private WholeSystem System => fragile.Whole;

    private SimulatorClient Simulator => new(System.Script);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_wallet_deleted_in_mid_slice_gets_nothing_more_and_leaves_nothing()
    {
        await fragile.UntilWhole();
        var address = await NewAddress();
        var gate = await GateAfter(address, pages: 10);
        using var user = await System.NewUser();
        var wallet = await user.CreateWallet();
        var addressId = await user.Import(wallet, address);
        await UntilAtGate(gate);
        var ledger = (await System.Ask<Guid?>("sync", "select ledger_id from ledgers where address = $1", address)).ShouldNotBeNull();

        await user.Delete($"/api/v1/wallets/{wallet}");
        await Eventually.Is(async () => await System.Ask<long>("sync", "select count(*) from ledgers where ledger_id = $1", ledger) == 0,
            "the ledger is closed");
        await Simulator.ClearFaultsAsync(Cancellation, gate);

        await Eventually.Is(async () => await System.Ask<long>("wallets", "select count(*) from erasures where wallet_id = $1", wallet) == 0,
            "the wallet is erased everywhere", TimeSpan.FromMinutes(1));
        // Another ledger's first walk goes through the same queue and consumer, so the held slice has ended before it.
        var after = await NewAddress(30);
        var other = await user.CreateWallet();
        await user.Import(other, after);
        await user.UntilVerified(other);

        (await System.EventsOf("sync", $"ledger-{ledger}")).ShouldBe(["ledger_closed"]);
        (await System.EventsOf("sync", $"wallet-sync-{wallet}")).ShouldBe(["sync_erased"]);
        (await System.EventsOf("wallets", $"wallet-{wallet}")).ShouldBe(["wallet_erased"]);
        (await System.RowsWith("sync", "ledger_id", ledger)).ShouldBeEmpty();
        (await System.RowsWith("sync", "wallet_id", wallet)).ShouldBeEmpty();
        (await System.Ask<long>("sync", "select count(*) from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(0);
        await Eventually.Is(async () => (await System.RowsWith("portfolio", "ledger_id", ledger)).Count == 0, "the read model lets the ledger go");
        (await System.RowsWith("portfolio", "wallet_id", wallet)).ShouldBeEmpty();
        (await System.RowsWith("portfolio", "address_id", addressId)).ShouldBeEmpty();
        (await System.RowsWith("wallets", "wallet_id", wallet)).ShouldBe(["audit: 1"], "that it was deleted, and by whom");
        await System.NoEventIsThereTwice("sync");
    }

    [Fact]
    public async Task an_address_of_two_users_stays_true_for_one_when_the_other_deletes_it_in_mid_slice()
    {
        await fragile.UntilWhole();
        var address = await NewAddress();
        var gate = await GateAfter(address, pages: 10);
        using var leaving = await System.NewUser();
        using var staying = await System.NewUser();
        var (left, kept) = (await leaving.CreateWallet(), await staying.CreateWallet());
        await leaving.Import(left, address);
        await UntilAtGate(gate);
        await staying.Import(kept, address);
        await Eventually.Is(
            async () => await System.Ask<long>("sync", "select count(*) from ledger_trackers join ledgers using (ledger_id) where address = $1",
                address) == 2, "both track the address");

        // The walk is the leaving wallet's own: its saga goes with it, and the other must take the walk over.
        await leaving.Delete($"/api/v1/wallets/{left}");
        await Eventually.Is(async () => await System.Ask<long>("sync", "select count(*) from wallet_syncs where correlation_id = $1", left) == 0,
            "the wallet's saga is gone");
        await Simulator.ClearFaultsAsync(Cancellation, gate);

        await staying.UntilVerified(kept);
        await System.UntilTrue(staying, kept, address);
        await Eventually.Is(async () => await System.Ask<long>("wallets", "select count(*) from erasures where wallet_id = $1", left) == 0,
            "the wallet is erased everywhere", TimeSpan.FromMinutes(1));
        (await System.RowsWith("portfolio", "wallet_id", left)).ShouldBeEmpty();
        await System.UntilTrue(staying, kept, address);
        await System.NoEventIsThereTwice("sync");
    }

    [Fact]
    public async Task an_address_removed_in_mid_slice_and_imported_again_at_once_has_a_fresh_ledger_that_is_true()
    {
        await fragile.UntilWhole();
        var address = await NewAddress();
        var gate = await GateAfter(address, pages: 10);
        using var user = await System.NewUser();
        var wallet = await user.CreateWallet();
        var first = await user.Import(wallet, address);
        await UntilAtGate(gate);
        var before = await System.Ask<Guid>("sync", "select ledger_id from ledgers where address = $1", address);

        await user.Delete($"/api/v1/wallets/{wallet}/addresses/{first}");
        var second = await user.Import(wallet, address);
        await Simulator.ClearFaultsAsync(Cancellation, gate);

        second.ShouldNotBe(first);
        await user.UntilVerified(wallet);
        await System.UntilTrue(user, wallet, address);
        var fresh = await System.Ask<Guid>("sync", "select ledger_id from ledgers where address = $1", address);
        fresh.ShouldNotBe(before);
        (await System.EventsOf("sync", $"ledger-{before}")).ShouldBe(["ledger_closed"]);
        (await System.Ask<long>("sync", "select count(*) from mt_events where stream_id = $1 and type = 'transaction_observed'", $"ledger-{fresh}"))
            .ShouldBe(Transactions);
        await Eventually.Is(async () => (await System.RowsWith("portfolio", "ledger_id", before)).Count == 0,
            "the read model lets the old ledger go");
        await System.NoEventIsThereTwice("sync");
    }

    private async Task<string> NewAddress(int transactions = Transactions) =>
        (await Simulator.CreateAsync(new CreateAddresses(Network, transactions), Cancellation))[0];

    private Task<string> GateAfter(string address, int pages) =>
        Simulator.SetFaultAsync(new Fault(FaultKind.Gate, Network: Network, Route: $"/address/{address}/txs*", Skip: pages), Cancellation);

    private Task UntilAtGate(string gate) => Eventually.Is(
        async () => (await Simulator.GatesAsync(Cancellation)).Any(wait => wait.Gate == gate), "a page is asked for and held");
}
