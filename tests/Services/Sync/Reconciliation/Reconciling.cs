using ChainSimulator.Serving;
using Shouldly;
using Sync.Reconciliation;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>What comes of a provider whose sums and pages differ, or that lags.</summary>
public sealed class Reconciling(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_difference_is_repaired_once_and_then_stays()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Balance: 11, Route: $"/address/{addresses[0]}"), cancellation);

        await sync.Sync(wallet);
        (await sync.VerdictOf(addresses[0])).ShouldBe(Verdicts.Mismatch);
        (await Pages(addresses[0])).ShouldBe(7, "a walk, what the other provider says of the young ones, and a repair");

        // Checks by the clock burn no more budget for the same difference: only what is young is read again.
        for (var n = 0; n < 3; n++) await Check(wallet);
        (await sync.VerdictOf(addresses[0])).ShouldBe(Verdicts.Mismatch);
        (await Pages(addresses[0])).ShouldBe(10);
        (await sync.Execute("select count(*) from mt_events where stream_id = $1 and type = 'transaction_observed'",
            $"ledger-{await sync.LedgerOf(addresses[0])}")).ShouldBe(60L);

        await sync.Script.ClearFaultsAsync(cancellation);
        await Check(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task what_a_provider_left_out_is_found_when_somebody_asks_again()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(FaultKind.Omit, Every: 5, Route: $"/address/{addresses[0]}/*"), cancellation);
        await sync.Sync(wallet);
        (await sync.VerdictOf(addresses[0])).ShouldBe(Verdicts.Mismatch);

        await sync.Script.ClearFaultsAsync(cancellation);
        await Check(wallet);
        (await sync.VerdictOf(addresses[0])).ShouldBe(Verdicts.Mismatch);
        await sync.Resync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task what_a_provider_leaves_out_later_is_not_forgotten()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Sync(wallet);
        await sync.Script.SetFaultAsync(new(FaultKind.Omit, Every: 3, Route: $"/address/{addresses[0]}/*"), cancellation);
        await sync.Mine(1, 1, addresses[0]);
        await sync.Resync(wallet);
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1 and orphaned", await sync.LedgerOf(addresses[0])))
            .ShouldBe(0L);

        await sync.Script.ClearFaultsAsync(cancellation);
        await sync.Resync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_provider_that_lags_is_refused_although_it_answers()
    {
        var (wallet, addresses) = await sync.NewWallet(30);
        await sync.Mine(6, 2, addresses[0]);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, By: 4), cancellation);

        await sync.Tell(new Contracts.SyncRequested(wallet, DateTimeOffset.UtcNow));
        var (answer, _) = (await sync.Runner.RunAsync(await sync.NextSlice(wallet), redelivered: false, cancellation))!.Value;

        answer.Outcome.ShouldBe(SliceOutcome.Deferred);
        answer.Reason!.ShouldContain("lags: its tip");
        answer.RetryAt!.Value.ShouldBeGreaterThan(answer.At);
        await sync.Script.ClearFaultsAsync(cancellation);
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_slice_of_a_network_without_a_provider_is_answered_with_that()
    {
        var address = (await sync.Script.CreateAsync(new("bitcoin-testnet", 3), cancellation)).Single();
        var wallet = Guid.CreateVersion7();
        await sync.Tell(SyncParts.Imported(wallet, address) with { Network = "bitcoin-testnet" });

        // A replica that is configured otherwise planned it.
        var slice = (await sync.Plan(SyncParts.SagaOf(wallet), "bitcoin-testnet")).Slices.Single();
        var (answer, _) = (await sync.Runner.RunAsync(SyncParts.Command(wallet, slice), redelivered: false, cancellation))!.Value;

        answer.ShouldSatisfyAllConditions(
            a => a.Outcome.ShouldBe(SliceOutcome.Deferred), a =>
                a.Reason.ShouldBe("bitcoin-testnet: no provider is configured"), a => a.RetryAt.ShouldNotBeNull());
    }

    [Fact]
    public async Task a_lie_that_shows_only_at_the_end_comes_to_count_as_failed()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Transactions: -5, Route: $"/address/{addresses[0]}"), cancellation);

        var answers = await sync.Sync(wallet, tries: 12);

        answers.Count(answer => answer.Outcome is SliceOutcome.Failed).ShouldBePositive();
        answers.ShouldAllBe(answer => answer.Reason!.Contains("lists more than the 55 transactions"));
        var failed = answers.First(answer => answer.Outcome is SliceOutcome.Failed);
        (failed.RetryAt!.Value - failed.At).ShouldBeGreaterThan(TimeSpan.FromSeconds(100));
        await sync.Script.ClearFaultsAsync(cancellation);
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    // What the saga does when its time has come and nobody asked.
    private async Task Check(Guid wallet)
    {
        await sync.Execute("update ledgers set wanted_at = now() where ledger_id in (select ledger_id from ledger_trackers where wallet_id = $1)",
            wallet);
        await sync.Sync(wallet, Triggers.Scheduled);
    }

    private async Task<long> Pages(string address) => (await sync.Script.RequestsAsync(cancellation)).PageCalls[address];
}
