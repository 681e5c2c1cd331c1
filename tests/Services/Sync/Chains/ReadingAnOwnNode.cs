using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Sync.Networks;
using Xunit;

namespace Services.Sync;

/// <summary>
/// The dialect of nodes against one that nobody here wrote: as it is (its filters), as an older one (block by block), and as a newer one (which
/// scans by itself and tells what is spent).
/// </summary>
public sealed class ReadingAnOwnNode(OwnNode own) : IClassFixture<OwnNode>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public static TheoryData<string> Ways => [OwnNode.Filters, OwnNode.Blocks, OwnNode.Scans];

    private RunningLitecoind Node => own.Node;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task the_history_of_an_address_is_what_all_blocks_together_say(string way)
    {
        var address = await Node.NewAddressAsync(way == OwnNode.Filters ? "bech32" : way == OwnNode.Blocks ? "legacy" : "p2sh-segwit");
        await Node.MineAsync(1, address);
        for (var n = 1; n <= 30; n++)
        {
            await Node.PayAsync(address, 0.1m + (n * 0.00000001m));
            if (n % 7 == 0) await Node.MineAsync();
        }

        await own.SpendFrom(address, 0.25m);
        await Node.MineAsync(101);
        await own.SpendFrom(address, 1m);
        await Node.MineAsync();
        var truth = await own.TruthOf(address);
        var adapter = await own.Adapter(way);

        var summary = await Summary(adapter, address);
        var told = await own.Walk(adapter, address);

        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(truth, ignoreOrder: true);
        told.Select(line => line.Height).ShouldBeInOrder(SortDirection.Descending);
        told.Count(line => line.Coinbase).ShouldBe(1);
        told.Count(line => line.Delta < Amount.Zero).ShouldBeGreaterThanOrEqualTo(2);
        told.Where(line => !line.Coinbase).ShouldAllBe(line => line.Fee > Amount.Zero && line.From.Count > 0 && line.To.Count > 0);
        (summary.Confirmed.ToString(), summary.TransactionCount, summary.Pending).ShouldBe((await own.UnspentOf(address), truth.Count, Amount.Zero));
        foreach (var line in told) line.BlockHash.ShouldBe(await adapter.BlockHashAsync(line.Height, ct));
        // Blocks are asked for, and transactions; only where a node may scan by itself it is told what is looked for.
        var script = Convert.ToHexStringLower(own.Parsed(address).Script.AsSpan());
        own.Posted.Any(body => body.Contains(address, StringComparison.Ordinal)).ShouldBeFalse();
        var naming = own.Posted.FindAll(body => body.Contains(script, StringComparison.Ordinal));
        naming.ShouldAllBe(body => body.Contains("scanblocks", StringComparison.Ordinal));
        own.Posted.Any(body => body.Contains("getblockfilter", StringComparison.Ordinal)).ShouldBe(way != OwnNode.Blocks);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task what_waits_for_a_block_is_told_and_what_became_of_it(string way)
    {
        var (address, other) = (await Node.NewAddressAsync(), await Node.NewAddressAsync());
        await Node.PayAsync(address, 2m);
        await Node.MineAsync();
        var adapter = await own.Adapter(way);
        (await OwnNode.Patiently(() => adapter.WaitingAsync(own.Wanted(address), ct))).ShouldBeEmpty();
        var incoming = await Node.PayAsync(address, 0.5m);
        var outgoing = await own.SpendFrom(address, 1m, other);

        await Eventually(async () => (await adapter.WaitingAsync(own.Wanted(address), ct)).Count == 2);
        var waiting = (await adapter.WaitingAsync(own.Wanted(address), ct)).ToDictionary(each => each.Txid);
        waiting[incoming].Delta.ShouldBe(new Amount(50_000_000));
        waiting[outgoing].ShouldSatisfyAllConditions(
            each => each.Delta.ShouldBe(new Amount(-200_000_000)), each => each.Spent.Count.ShouldBe(1),
            each => each.Fee.ShouldBeGreaterThan(Amount.Zero));
        var summary = await Summary(adapter, address);
        (summary.Confirmed, summary.Pending, summary.TransactionCount).ShouldBe((new Amount(200_000_000), new Amount(-150_000_000), 1L));
        (await adapter.CoinsAsync(own.Wanted(address), ct)).Select(coin => (coin.Txid, coin.Value, coin.Height))
            .ShouldBe([(incoming, new Amount(50_000_000), (long?)null)]);
        (await adapter.FateAsync(outgoing, waiting[outgoing].Spent, ct)).ShouldBe(PendingFate.Waiting);

        var replacing = (await Node.OfAsync(RunningLitecoind.Miner, "bumpfee", incoming)).GetProperty("txid").GetString()!;
        await Eventually(async () =>
            await adapter.FateAsync(incoming, waiting[incoming].Spent, ct) == PendingFate.Replaced(replacing));
        await Node.MineAsync();
        await Eventually(async () => (await adapter.WaitingAsync(own.Wanted(address), ct)).Count == 0);
        await Summary(adapter, address);
        (await adapter.FateAsync(outgoing, waiting[outgoing].Spent, ct)).ShouldBe(PendingFate.InBlock);
        (await adapter.FateAsync(new string('e', 64), [$"{new string('d', 64)}:0"], ct)).ShouldBe(PendingFate.Unknown);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task a_reorganisation_takes_back_what_its_blocks_held(string way)
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 3m);
        await Node.MineAsync();
        var adapter = await own.Adapter(way);
        await Summary(adapter, address);
        var spending = await own.SpendFrom(address, 1m, await Node.NewAddressAsync("legacy"));
        var replaced = await Node.MineAsync(1, address);
        await Node.MineAsync(2);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(3, "paid, spent, and mined to");

        await Node.CallAsync("invalidateblock", replaced);
        await Node.MineAsync(5);

        var truth = await own.TruthOf(address);
        truth.Count.ShouldBe(2, "the block that was mined to it is gone");
        var told = await own.Walk(adapter, address);
        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(truth, ignoreOrder: true);
        told.Single(line => line.Txid == spending).BlockHash.ShouldNotBe(replaced);
        (await Summary(adapter, address)).Confirmed.ToString().ShouldBe(await own.UnspentOf(address));
        // Back again, to a block that was looked through before.
        await Node.CallAsync("reconsiderblock", replaced);
        (await own.Walk(adapter, address)).Select(line => (line.Txid, line.Height, line.Delta.ToString()))
            .ShouldBe(await own.TruthOf(address), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task what_comes_out_of_the_mweb_is_a_payment_once_it_is_in_a_block(string way)
    {
        var address = await Node.NewAddressAsync();
        var adapter = await own.Adapter(way);
        await Node.OfAsync(RunningLitecoind.Hidden, "sendtoaddress", address, 0.75m);
        await Summary(adapter, address);
        await adapter.WaitingAsync(own.Wanted(address), ct);

        await Node.MineAsync();

        var truth = await own.TruthOf(address);
        var told = await own.Walk(adapter, address);
        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(truth);
        told.Single().ShouldSatisfyAllConditions(
            line => line.Delta.ShouldBe(new Amount(75_000_000)), line => line.Coinbase.ShouldBeFalse(),
            line => line.Fee.ShouldBeGreaterThan(Amount.Zero));
        (await Summary(adapter, address)).Confirmed.ToString().ShouldBe(await own.UnspentOf(address));
    }

    [Fact]
    public async Task blocks_without_a_filter_are_not_taken_for_blocks_without_the_address()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Scans);

        own.LacksFilters = true;
        try
        {
            (await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(own.Wanted(address), ct))).Failure
                .ShouldBe(ProviderFailure.RateLimited);
        }
        finally
        {
            own.LacksFilters = false;
        }

        (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
    }

    [Fact]
    public async Task a_scan_of_another_chain_than_was_asked_about_counts_for_nothing()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var replaced = await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Scans);

        own.Meanwhile = async () =>
        {
            await Node.CallAsync("invalidateblock", replaced);
            await Node.MineAsync(2);
        };

        (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
        (await own.Walk(adapter, address)).Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(await own.TruthOf(address));
        await Node.CallAsync("reconsiderblock", replaced);
    }

    [Fact]
    public async Task a_scan_that_takes_too_long_is_stopped_and_asked_for_in_parts()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Scans, start: 0);

        own.MostScanned = 60;
        try
        {
            (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
        }
        finally
        {
            own.MostScanned = null;
        }

        own.Posted.Count(body => body.Contains("abort", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task another_process_goes_on_where_one_was_cut_off()
    {
        var address = await Node.NewAddressAsync();
        for (var n = 0; n < 12; n++)
        {
            await Node.PayAsync(address, 0.01m);
            await Node.MineAsync();
        }

        var truth = await own.TruthOf(address);
        for (var questions = 1; questions < 40; questions += 3)
        {
            var cutOff = await own.Adapter(OwnNode.Filters, afresh: questions == 1, start: 0);
            own.Left = questions;
            try
            {
                await cutOff.SummaryAsync(own.Wanted(address), ct);
            }
            catch (ProviderException e)
            {
                e.Failure.ShouldBe(ProviderFailure.Unavailable);
            }
        }

        own.Left = null;
        var adapter = await own.Adapter(OwnNode.Filters, afresh: false, start: 0);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(12);
        (await own.Walk(adapter, address)).Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(truth, ignoreOrder: true);
        own.Posted.Clear();
        await Summary(adapter, address);
        own.Posted.Count.ShouldBeLessThanOrEqualTo(2, "nothing new costs nothing but the question whether there is");
    }

    [Fact]
    public async Task many_addresses_are_looked_for_at_once()
    {
        List<string> addresses = [];
        for (var n = 0; n < 40; n++) addresses.Add(await Node.NewAddressAsync());
        foreach (var address in addresses.Take(5)) await Node.PayAsync(address, 0.02m);
        await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Filters);
        var scans = new NodeScans(own.Database.DataSource);
        foreach (var address in addresses) await scans.BeginAsync(own.Wanted(address), RunningLitecoind.LastBeforeMweb, ct);

        foreach (var address in addresses)
            (await Summary(adapter, address)).TransactionCount.ShouldBe(addresses.IndexOf(address) < 5 ? 1 : 0);

        // Each filter was asked for once, not forty times.
        var height = (await adapter.TipAsync(ct)).Height;
        own.Posted.Sum(body => body.Split("getblockfilter").Length - 1).ShouldBeLessThanOrEqualTo((int)height + 1);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task a_block_tells_whom_it_touches_and_proves_what_it_holds(string way)
    {
        var (address, other) = (await Node.NewAddressAsync(), await Node.NewAddressAsync("legacy"));
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var txid = await own.SpendFrom(address, 0.4m, other);
        var hash = await Node.MineAsync();
        var adapter = await own.Adapter(way);
        var tip = await adapter.TipAsync(ct);

        var block = (await adapter.BlockAsync(tip.Height, ct)).ShouldNotBeNull();
        (block.Hash, block.Parent).ShouldBe((hash, await adapter.BlockHashAsync(tip.Height - 1, ct)));
        var touched = (await adapter.TouchedAsync(block, ct)).ShouldNotBeNull();

        touched.ShouldContain(address, "it spends");
        touched.ShouldContain(other, "it is paid");
        (await adapter.BlockAsync(tip.Height + 1, ct)).ShouldBeNull();
        (await adapter.BlocksAsync(tip.Height, ct)).Single().Hash.ShouldBe(hash);
        (await adapter.ProofAsync(txid, hash, ct)).WhyWrong(txid, hash).ShouldBeNull();
    }

    [Fact]
    public async Task blocks_below_where_it_begins_are_not_looked_through_until_it_begins_further_down()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var height = (await (await own.Adapter(OwnNode.Filters)).TipAsync(ct)).Height;
        await Node.PayAsync(address, 2m);
        await Node.MineAsync();

        var late = await own.Adapter(OwnNode.Filters, start: height + 1);
        (await Summary(late, address)).TransactionCount.ShouldBe(1);
        var early = await own.Adapter(OwnNode.Filters, afresh: false, start: 0);
        (await Summary(early, address)).ShouldBe(new AddressSummary(300_000_000, 0, 2));
    }

    [Fact]
    public async Task a_node_of_another_chain_is_not_believed()
    {
        var wrong = await own.Adapter(OwnNode.Filters, network: Chains.Networks.Shipped.Find("litecoin"));

        (await Should.ThrowAsync<ProviderException>(() => wrong.TipAsync(ct))).Message.ShouldContain("another chain");
    }

    [Fact]
    public async Task a_reorganisation_between_the_questions_of_a_scan_leaves_no_block_out()
    {
        var address = await Node.NewAddressAsync();
        var replaced = await Node.MineAsync();
        await Node.MineAsync(2);
        var adapter = await own.Adapter(OwnNode.Scans);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(0);
        await Node.MineAsync();
        var isReplaced = false;
        own.Before = async method =>
        {
            // The block that it was left at was just found to be one of the chain.
            if (method != "getindexinfo" || isReplaced) return;
            isReplaced = true;
            await Node.CallAsync("invalidateblock", replaced);
            await Node.PayAsync(address, 1m);
            await Node.MineAsync(6);
            var height = (await Node.CallAsync("getblockcount")).GetInt64();
            await Eventually(async () => (await Node.CallAsync("getindexinfo")).EnumerateObject()
                .All(index => index.Value.GetProperty("best_block_height").GetInt64() == height));
        };

        try
        {
            (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
        }
        finally
        {
            own.Before = null;
            await Node.CallAsync("reconsiderblock", replaced);
        }

        isReplaced.ShouldBeTrue();
        (await own.Walk(adapter, address)).Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(await own.TruthOf(address));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_was_found_stays_while_another_node_answers_or_the_node_loads_its_chain_anew(bool isAnother)
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync(2);
        var adapter = await own.Adapter(OwnNode.Scans);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
        var (_, place) = (await Node.MineAsync(), (await adapter.TipAsync(ct)).Height);
        own.Instead = (method, asked, told) =>
        {
            if (method == "getblockheader" && isAnother) return null;
            if (method == "getblockheader") told!["confirmations"] = -1;
            if (method == "getblockhash" && isAnother && (long)asked[0]! == 0) return new string('1', 64);
            if (method == "getblockchaininfo" && isAnother) told!["bestblockhash"] = new string('2', 64);
            if (method == "getblockchaininfo" && !isAnother) told!["initialblockdownload"] = true;
            return told;
        };

        try
        {
            var refused = await Should.ThrowAsync<ProviderException>(() => adapter.CoinsAsync(own.Wanted(address), ct));
            refused.Message.ShouldContain(isAnother ? "another chain" : "loading its chain");
        }
        finally
        {
            own.Instead = null;
        }

        ((long)(await own.Execute("select height from node_scans where address = $1", address))!).ShouldBe(place - 1);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
    }

    [Fact]
    public async Task what_was_found_is_forgotten_only_when_the_last_block_cannot_be_new_to_the_node_any_more()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        var unknown = await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Scans);
        (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
        var place = (await adapter.TipAsync(ct)).Height;
        var denials = int.MaxValue;
        own.Instead = (method, asked, told) => method == "getblockheader" && (string?)asked[0] == unknown && denials-- > 0 ? null : told;

        try
        {
            await Node.MineAsync(own.Litecoin.SafeDepth - 1);
            (await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(own.Wanted(address), ct))).Message
                .ShouldContain($"does not know block {place}");
            ((long)(await own.Execute("select height from node_scans where address = $1", address))!).ShouldBe(place);

            await Node.MineAsync();
            (denials, var anew) = (2, $"],{RunningLitecoind.LastBeforeMweb},");
            own.Posted.Clear();
            (await Summary(adapter, address)).TransactionCount.ShouldBe(1);
            own.Posted.First(body => body.Contains("scanblocks", StringComparison.Ordinal)).ShouldContain(anew, Case.Sensitive, "it begins anew");
        }
        finally
        {
            own.Instead = null;
        }
    }

    [Fact]
    public async Task an_address_that_is_forgotten_while_it_is_looked_for_stays_forgotten()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        var adapter = await own.Adapter(OwnNode.Scans);
        var wanted = own.Wanted(address);
        // As it goes where its last wallet is deleted.
        own.Before = async method =>
        {
            if (method != "scanblocks") return;
            await own.Execute("delete from node_scans where address = $1", address);
            await own.Execute("delete from ledgers where address = $1", address);
        };

        try
        {
            (await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(wanted, ct))).Failure.ShouldBe(ProviderFailure.OutOfReach);
        }
        finally
        {
            own.Before = null;
        }

        ((long)(await own.Execute("select count(*) from node_scans"))!).ShouldBe(0);
    }

    [Fact]
    public async Task a_tracked_address_is_verified_and_again_after_a_reorganisation_and_forgotten_when_nobody_tracks_it()
    {
        await Node.MineAsync();
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 5m);
        await Node.MineAsync();
        await own.SpendFrom(address, 2m, await Node.NewAddressAsync());
        var replaced = await Node.MineAsync(1, address);
        await own.Execute("delete from node_scans");

        var wallet = await own.Track(address);
        await own.Sync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
        await Same(address);

        await Node.CallAsync("invalidateblock", replaced);
        await Node.MineAsync(3);
        await own.Resync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
        await Same(address);
        await Node.CallAsync("reconsiderblock", replaced);

        ((long)(await own.Execute("select count(*) from node_scans where address = $1", address))!).ShouldBe(1);
        await own.Tell(new Contracts.WalletDeleted(wallet, DateTimeOffset.UtcNow));
        ((long)(await own.Execute("select count(*) from node_scans where address = $1", address))!).ShouldBe(0);
        ((long)(await own.Execute("select count(*) from node_coins where address = $1", address))!).ShouldBe(0);
    }

    private async Task Same(string address) =>
        (await own.StoredOf(address)).ShouldBe(await own.TruthOf(address), ignoreOrder: true);

    private Task<AddressSummary> Summary(CoreNode adapter, string address) =>
        OwnNode.Patiently(() => adapter.SummaryAsync(own.Wanted(address), ct));

    private static Task Eventually(Func<Task<bool>> holds) => Testing.Eventually.Is(holds, "the mempool is read", TimeSpan.FromSeconds(10));
}
