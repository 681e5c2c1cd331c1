using Shouldly;
using Sync.Chains;
using Sync.Walks;
using Sync.Walks.Rounds;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>Who takes a slice over while its first consumer stores a page begins with the whole of that page, or with none of it.</summary>
public sealed class TakingASliceOver(SyncParts sync) : IClassFixture<SyncParts>
{
    private const string Waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_claim_waits_for_a_page_that_is_being_stored_and_reads_ledger_and_walk_as_it_leaves_them(bool isCommitted)
    {
        var (wallet, _) = await sync.NewWallet(10);
        var store = new WalkStore(sync.Database.DataSource, sync.Store, (_, _, _, _) => Task.CompletedTask);
        var slice = await sync.NextSlice(wallet);
        var (claim, begun) = await Claim(takeOver: false);
        var round = new Round(RoundKind.First, 1, new ChainTip(100, "tip"));

        var page = begun with
        {
            Round = round with { Cursor = new Position(50, "txid", 2) },
            Ledger = begun.Ledger with { Derived = 7, DerivedCount = 3 },
        };
        Task<(Claim Claim, WalkState State)> other;
        await using (var work = await store.BeginAsync(claim, cancellation))
        {
            await WalkStore.SaveAsync(work.Connection, claim, page, lease: 40, cancellation);
            other = Claim(takeOver: true);
            await Eventually.Is(
                async () => (long)(await sync.Execute(Waiting))! == 1,
                "the other's claim waits for the page");
            other.IsCompleted.ShouldBeFalse();
            if (isCommitted) await work.CommitAsync(cancellation);
        }

        var (taken, state) = await other;
        taken.Fence.ShouldBe(claim.Fence + 1);
        (state.Ledger.Derived, state.Ledger.DerivedCount, state.Round?.Cursor)
            .ShouldBe(isCommitted ? (7, 3L, page.Round!.Cursor) : (begun.Ledger.Derived, 0L, (Position?)null));
        await Should.ThrowAsync<ClaimLostException>(() => store.BeginAsync(claim, cancellation));

        async Task<(Claim Claim, WalkState State)> Claim(bool takeOver) =>
            (await store.ClaimAsync(slice, takeOver, lease: 40, cancellation)).Held!.Value;
    }
}
