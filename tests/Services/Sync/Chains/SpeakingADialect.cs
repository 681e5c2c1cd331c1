using ChainSimulator.Script;
using ChainSimulator.Serving;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Xunit;

namespace Services.Sync;

/// <summary>What every provider's adapter has to show, whatever its dialect. A new one is added to <see cref="Dialects"/>.</summary>
public sealed class SpeakingADialect(AllDialects sync) : IClassFixture<AllDialects>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public static TheoryData<string> Dialects => [AllDialects.Blockchair, AllDialects.Info, AllDialects.Esplora];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task the_tip_is_the_newest_block(string dialect)
    {
        await Address(1);
        var tip = await sync.Script.TipAsync(SyncParts.Bitcoin, ct);
        (await Adapter(dialect).TipAsync(ct)).ShouldBe(new ChainTip(tip.Height, tip.Hash));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task a_blocks_hash_is_told_truly_by_who_names_any(string dialect)
    {
        var address = await Address(1);
        var block = (await Truth(address)).Transactions![0];
        (Adapter(dialect) is IBlockNames).ShouldBe(dialect != AllDialects.Info);
        if (Adapter(dialect) is not IBlockNames adapter) return;

        (await adapter.BlockHashAsync(block.Height, ct)).ShouldBe(block.BlockHash);
        (await adapter.BlockHashAsync(block.Height + 1000, ct)).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task blocks_are_told_with_their_times_by_who_names_any(string dialect)
    {
        var address = await Address(30);
        if (Adapter(dialect) is not IBlockNames adapter) return;

        foreach (var line in (await Truth(address)).Transactions!.DistinctBy(line => line.Height))
        {
            var blocks = await adapter.BlocksAsync(line.Height, ct);
            blocks[0].ShouldBe(new ChainBlock(line.Height, line.BlockHash, DateTimeOffset.FromUnixTimeSeconds(line.Time)));
            blocks.Select(block => line.Height - block.Height).ShouldBe(Enumerable.Range(0, blocks.Count).Select(n => (long)n));
        }

        (await adapter.BlocksAsync((await sync.Script.TipAsync(SyncParts.Bitcoin, ct)).Height + 1, ct)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task a_time_is_the_blocks_wherever_the_block_is_named(string dialect)
    {
        var address = await Address(50);
        var told = (await Adapter(dialect).PageAsync(Parsed(address), null, ct)).Transactions;
        var times = (await Truth(address)).Transactions!.ToDictionary(line => line.Txid, line => DateTimeOffset.FromUnixTimeSeconds(line.Time));

        told.ShouldAllBe(transaction => transaction.BlockHash == null || transaction.BlockTime == times[transaction.Txid]);
        // What the simulator is to show: first seen is not the block's time, now and then not even its day.
        if (Adapter(dialect) is not IBlockNames)
            told.ShouldContain(transaction => transaction.BlockTime.UtcDateTime.Date != times[transaction.Txid].UtcDateTime.Date);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task a_summary_keeps_what_is_unconfirmed_apart(string dialect)
    {
        var address = await Address(30);
        await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [address], 120, Held: true), ct);
        var truth = await Truth(address);

        var summary = await Adapter(dialect).SummaryAsync(Parsed(address), ct);

        (summary.Confirmed.ToString(), summary.TransactionCount).ShouldBe((truth.Balance, 30L));
        summary.Pending.ShouldBe((await Adapter(AllDialects.Esplora).SummaryAsync(Parsed(address), ct)).Pending);
        summary.Pending.IsZero.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task the_pages_of_a_history_are_the_history(string dialect)
    {
        var address = await Address(130);
        await sync.Mine(1, 40, address);
        await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [address], 70, Held: true), ct);
        var truth = (await Truth(address)).Transactions!;

        var told = await Walk(Adapter(dialect), address);

        told.Select(line => (line.Txid, line.Height, line.Delta.ToString(), line.Fee.ToString())).ShouldBe(
            truth.Select(line => (line.Txid, (long)line.Height, line.Delta, line.Fee)), ignoreOrder: true);
        told.Select(line => line.Height).ShouldBeInOrder(SortDirection.Descending);
        told.Where(line => line.BlockHash is not null)
            .ShouldAllBe(line => truth.Any(true_ => true_.Txid == line.Txid && true_.BlockHash == line.BlockHash));
        told.ShouldAllBe(line => line.From.Count > 0 && line.To.Count > 0 && !line.Coinbase);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task an_address_never_used_has_an_empty_history(string dialect)
    {
        const string Unused = "bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5";
        (await Adapter(dialect).SummaryAsync(Parsed(Unused), ct)).ShouldBe(new AddressSummary(0, 0, 0));
        (await Adapter(dialect).PageAsync(Parsed(Unused), null, ct))
            .ShouldSatisfyAllConditions(page => page.Transactions.ShouldBeEmpty(), page => page.Full.ShouldBeFalse());
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task a_place_is_found_again_whatever_came_on_top_and_however_wrong_its_number(string dialect)
    {
        var address = await Address(150);
        var adapter = Adapter(dialect);
        var first = await adapter.PageAsync(Parsed(address), null, ct);
        var place = first.PositionAt(first.Transactions.Count - 2);
        var last = first.Transactions[^1].Txid;

        (await adapter.PageAsync(Parsed(address), place, ct)).Transactions[0].Txid.ShouldBe(last);
        await sync.Mine(1, 4, address);
        (await adapter.PageAsync(Parsed(address), place, ct)).Transactions[0].Txid.ShouldBe(last);
        await sync.Mine(3, 60, address);
        await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [address], 7, Held: true), ct);
        foreach (var number in (long[])[place.Newer, 0, 20, 130, AllDialects.Cap, 1_000_000])
        {
            var page = await adapter.PageAsync(Parsed(address), place with { Newer = number }, ct);
            page.Transactions[0].Txid.ShouldBe(last, $"{number}");
            // An end is told by a page that is not full, so a full one must lead on.
            (!page.Full || page.Transactions.Count > 2).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task a_place_that_is_gone_is_no_place_to_go_on_from(string dialect)
    {
        var address = await Address(60);
        var place = new Position((await Truth(address)).Transactions![20].Height, new string('a', 64), 20);
        try
        {
            (await Adapter(dialect).PageAsync(Parsed(address), place, ct)).Transactions.ShouldBeEmpty();
        }
        catch (ProviderException e)
        {
            e.Failure.ShouldBe(ProviderFailure.Contradiction);
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task many_addresses_are_summed_up_by_one_call_or_by_none(string dialect)
    {
        var (_, addresses) = await sync.NewWallet(12, 40, sharedPercent: 30);
        await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [.. addresses.Take(10)], 3, Held: true), ct);
        (Adapter(dialect) is IManySummaries).ShouldBe(dialect == AllDialects.Info);
        if (Adapter(dialect) is not IManySummaries adapter) return;

        await sync.Script.ResetCountersAsync(ct);
        var told = await adapter.SummariesAsync([.. addresses.Select(Parsed)], ct);

        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(1);
        told.Tip.ShouldBe(await adapter.TipAsync(ct));
        foreach (var address in addresses)
            told.ByAddress[address].ShouldBe(await Adapter(AllDialects.Esplora).SummaryAsync(Parsed(address), ct), address);
    }

    [Theory]
    [InlineData(AllDialects.Blockchair, "/dashboards/address/*")]
    [InlineData(AllDialects.Info, "/rawaddr/*")]
    public async Task the_end_of_what_a_provider_tells_is_no_failure_of_it(string dialect, string pages)
    {
        var address = await Address(AllDialects.Cap + 100);
        var adapter = Adapter(dialect);
        var (read, after, full) = (0, (Position?)null, true);
        var refused = await Should.ThrowAsync<ProviderException>(async () =>
        {
            while (full)
            {
                var page = await adapter.PageAsync(Parsed(address), after, ct);
                (read, after, full) = (read + page.Transactions.Count, page.PositionAt(page.Transactions.Count - 1), page.Full);
            }
        });

        refused.Failure.ShouldBe(ProviderFailure.OutOfReach);
        read.ShouldBeGreaterThanOrEqualTo(AllDialects.Cap);
        // An outage looks otherwise.
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 400, Route: pages), ct);
        (await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(Parsed(address), null, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
        await sync.Script.ClearFaultsAsync(ct);
    }

    private IChainAdapter Adapter(string dialect) => sync.Network.Named(dialect);

    private async Task<string> Address(int transactions) => (await sync.NewWallet(transactions)).Addresses[0];

    private Task<ChainSimulator.ToldTruth> Truth(string address) => sync.Script.TruthAsync(SyncParts.Bitcoin, address, summary: false, ct);

    private async Task<List<ChainTransaction>> Walk(IChainAdapter adapter, string address)
    {
        List<ChainTransaction> told = [];
        HistoryPage page;
        Position? after = null;
        do
        {
            page = await adapter.PageAsync(Parsed(address), after, ct);
            if (page.Transactions.Count == 0) break;
            told.AddRange(page.Transactions);
            after = page.PositionAt(page.Transactions.Count - 1);
        }
        while (page.Full);
        return told;
    }

    private static Address Parsed(string address) => (Address)Addresses.Parse(Networks.Bitcoin, address);
}
