using Chains;
using EventSourcing;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Networks;
using Xunit;

namespace Services.Sync;

/// <summary>An address that holds several assets on a chain whose providers count no transactions.</summary>
public sealed class SeveralAssets(AccountParts sync) : IClassFixture<AccountParts>
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";
    private const string Other = "eip155:1/erc20:0x00000000000000000000000000000000000000bb";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_asset_is_summed_and_compared_with_what_is_reported()
    {
        var (wallet, address) = await NewHistory(60);

        await sync.Sync(wallet);

        await ShouldBeTrue(address);
        (await Verdicts(address)).ShouldBe([(Token, "verified"), (Other, "verified")]);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        var told = (await Events(address)).OfType<LedgerEvent.BalanceReconciled>().ToDictionary(e => e.Asset);
        told.Count.ShouldBe(3);
        foreach (var asset in (string[])[Token, Other])
            (told[asset].Reported, told[asset].Derived, told[asset].ReportedCount).ShouldBe((sync.Chain.Sum(asset), sync.Chain.Sum(asset), null));
    }

    [Fact]
    public async Task what_came_since_is_read_although_nobody_counts_and_the_native_balance_is_as_it_was()
    {
        var (wallet, address) = await NewHistory(25);
        await sync.Sync(wallet);

        sync.Chain.Mine((0, [new(Token, 5)]));
        await sync.Resync(wallet);

        await ShouldBeTrue(address);
        (await sync.Execute("select count(*) from ledger_assets where ledger_id = $1 and compared = derived", await sync.LedgerOf(address)))
            .ShouldBe(2L);
    }

    [Fact]
    public async Task a_reorganisation_takes_back_every_asset_of_what_is_gone_and_moves_what_is_not()
    {
        var (wallet, address) = await NewHistory(30);
        await sync.Sync(wallet);
        var gone = sync.Chain.Txids[^1];

        sync.Chain.Reorganise(3, transaction => transaction.Txid != gone);
        await sync.Resync(wallet);

        await ShouldBeTrue(address);
        sync.Chain.Txids.ShouldNotContain(gone);
        (await Events(address)).OfType<LedgerEvent.TransactionOrphaned>().Select(e => e.Transaction.Txid).ShouldContain(gone);
        (await Verdicts(address)).ShouldAllBe(entry => entry.Verdict == "verified");
    }

    [Fact]
    public async Task what_a_provider_leaves_out_while_its_block_stands_is_not_forgotten()
    {
        var (wallet, address) = await NewHistory(12);
        await sync.Sync(wallet);

        sync.Chain.Hidden.Add(sync.Chain.Txids[^2]);
        sync.Chain.Mine((7, []));
        await sync.Resync(wallet);

        await ShouldBeTrue(address);
        (await Events(address)).OfType<LedgerEvent.TransactionOrphaned>().ShouldBeEmpty();
    }

    [Fact]
    public async Task a_token_whose_balance_is_not_the_sum_of_its_transfers_is_said_to_differ_and_nothing_else_is()
    {
        var (wallet, address) = await NewHistory(20);
        sync.Chain.Lies[Token] = 1_000_000_007;

        await sync.Sync(wallet);

        (await Verdicts(address)).ShouldBe([(Token, "mismatch"), (Other, "verified")]);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        var told = (await Events(address)).OfType<LedgerEvent.BalanceReconciled>().Single(e => e.Asset == Token);
        told.Differences.Single().Balance.ShouldBe(1_000_000_007 - told.Derived);
    }

    [Fact]
    public async Task what_no_balance_can_be_is_left_out_and_keeps_nobody_from_syncing()
    {
        var (wallet, address) = await NewHistory(3);
        var huge = Amount.Parse("115792089237316195423570985008687907853269984665640564039457584007913129639935");
        sync.Chain.Mine((1, [new(Other, huge), new(Other, huge)]), (1, [new(Token, huge)]), (1, [new(Token, huge)]));

        await sync.Sync(wallet);

        (await sync.VerdictOf(address)).ShouldBe("verified");
        (await Verdicts(address)).ShouldBe([(Token, "verified"), (Other, "mismatch")]);
    }

    [Fact]
    public async Task what_is_held_and_never_came_is_an_asset_of_which_nothing_was_read()
    {
        const string Unseen = "eip155:1/erc20:0x00000000000000000000000000000000000000ee";
        var (wallet, address) = await NewHistory(6);
        sync.Chain.Lies[Unseen] = 777;

        await sync.Sync(wallet);

        (await Verdicts(address)).ShouldBe([(Token, "verified"), (Other, "verified"), (Unseen, "mismatch")]);
        var told = (await Events(address)).OfType<LedgerEvent.BalanceReconciled>().Single(e => e.Asset == Unseen);
        (told.Reported, told.Derived, told.DerivedCount).ShouldBe(((Amount)777, Amount.Zero, 0));
        told.Differences.ShouldBe([new("balance", 777, 0)]);
        (await sync.VerdictOf(address)).ShouldBe("verified");
    }

    [Fact]
    public async Task what_agrees_in_the_end_but_was_below_zero_on_the_way_is_never_verified_until_what_is_missing_is_told()
    {
        var (wallet, address) = await NewHistory(1);
        sync.Chain.Mine((500, [new(Token, 40)]));
        var missing = sync.Chain.Txids[^1];
        sync.Chain.Mine((-1400, [new(Token, -45)]));
        sync.Chain.Mine((-100, [new(Token, -4)]));
        sync.Chain.Hidden.UnionWith([missing, sync.Chain.Txids[^1]]);
        sync.Chain.Mine((7, [new(Token, 50)]));
        sync.Chain.Lies[""] = 1000 - 1400 + 7 + 500;
        sync.Chain.Lies[Token] = 10 - 45 + 50;

        sync.Chain.Mine((500, []));
        for (var walks = 0; walks < 2; walks++)
        {
            await sync.Resync(wallet);
            (await sync.VerdictOf(address)).ShouldBe("mismatch");
            (await Verdicts(address)).ShouldBe([(Token, "mismatch")]);
        }

        var told = (await Events(address)).OfType<LedgerEvent.BalanceReconciled>().ToList();
        told.Last(e => e.Asset == Token).Differences.ShouldBe([new("below-zero", -35, 0)]);
        told.Last(e => e.Asset != Token).Differences.ShouldBe([new("below-zero", -400, 0)]);

        sync.Chain.Hidden.Clear();
        sync.Chain.Lies.Clear();
        await sync.Resync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        await sync.Resync(wallet);
        (await Verdicts(address)).ShouldBe([(Token, "verified")]);
    }

    [Fact]
    public async Task an_asset_is_described_once()
    {
        var (first, _) = await NewHistory(12);
        await sync.Sync(first);
        await sync.Sync((await NewHistory(12)).Wallet);

        var told = await Read(StreamName.Of(ChainEvent.Category, FactId.Of("chain", SyncParts.Bitcoin)));
        told.OfType<ChainEvent.AssetDescribed>().Where(e => e.Asset is Token or Other).Select(e => (e.Asset, e.Symbol, e.Decimals))
            .ShouldBe([(Token, "TKN", 6), (Other, "TKN", 6)], ignoreOrder: true);
    }

    [Fact]
    public async Task a_description_that_cannot_be_shown_is_none_and_the_first_word_stands()
    {
        const string Named = "eip155:1/erc20:0x00000000000000000000000000000000000000cc";
        string[] unfit = ["", new('x', 33), "a\nb", "US\u202eDC", "U\u200bSDC", "a\0", "\ud83d", "\ue000"];
        foreach (var symbol in unfit) await Note(new TokenDescription(Named, symbol, 6));
        await Note(new TokenDescription(Named, "ODD", 78));
        await Note(new TokenDescription(Named, null, null));
        (await Told(Named)).ShouldBeEmpty();

        await Note(new TokenDescription(Named, "£ €😀", 77));
        await Note(new TokenDescription(Named, "SCAM", 77));
        (await Told(Named)).ShouldBe([("£ €😀", 77)]);

        // Deleted by an operator, the next word is told.
        await sync.Execute("delete from assets where asset = $1", Named);
        await Note(new TokenDescription(Named, "USDC", 6));
        (await Told(Named)).ShouldBe([("£ €😀", 77), ("USDC", 6)]);
    }

    [Fact]
    public async Task decimals_are_told_without_a_name_which_may_follow_once()
    {
        const string Nameless = "eip155:1/erc20:0x00000000000000000000000000000000000000dd";
        await Note(new TokenDescription(Nameless, null, 6));
        await sync.Execute("update assets set provider = 'another' where asset = $1", Nameless);
        await Note(new TokenDescription(Nameless, null, 9));
        await Note(new TokenDescription(Nameless, "SCAM", 9));
        (await Told(Nameless)).ShouldBe([(Nameless, 6)]);

        foreach (var symbol in (string?[])["USDC", "SCAM", null]) await Note(new TokenDescription(Nameless, symbol, 6));
        (await Told(Nameless)).ShouldBe([(Nameless, 6), ("USDC", 6)]);
    }

    [Fact]
    public async Task decimals_that_a_contract_changes_are_told_anew_by_the_first_name_and_an_older_word_changes_nothing_back()
    {
        const string Divided = "eip155:1/erc20:0x00000000000000000000000000000000000000ff";
        await Note(new TokenDescription(Divided, "DIV", 16));
        await Note(new TokenDescription(Divided, "SCAM", 17));
        (await Told(Divided)).ShouldBe([("DIV", 16), ("DIV", 17)]);

        // Another provider's word is no change.
        await sync.Execute("update assets set provider = 'other' where asset = $1", Divided);
        await Note(new TokenDescription(Divided, "DIV", 6));
        await sync.Execute("update assets set provider = 'accounts', height = 1000000000 where asset = $1", Divided);
        await Note(new TokenDescription(Divided, "DIV", 16));
        (await Told(Divided)).ShouldBe([("DIV", 16), ("DIV", 17)]);
    }

    private async Task Note(TokenDescription note)
    {
        sync.Chain.Clear();
        sync.Chain.Notes[note.Asset] = note;
        sync.Chain.Mine((1, [new(note.Asset, 5)]));
        var (wallet, addresses) = await sync.NewWallet(1);
        await sync.Sync(wallet);
        (await sync.VerdictOf(addresses[0])).ShouldBe("verified");
    }

    private async Task<IReadOnlyList<(string Symbol, int Decimals)>> Told(string asset) =>
        [.. (await Read(StreamName.Of(ChainEvent.Category, FactId.Of("chain", SyncParts.Bitcoin)))).OfType<ChainEvent.AssetDescribed>()
            .Where(e => e.Asset == asset).Select(e => (e.Symbol, e.Decimals))];

    private async Task<(Guid Wallet, string Address)> NewHistory(int transactions)
    {
        sync.Chain.Clear();
        for (var n = 1; n <= transactions; n++)
        {
            sync.Chain.Mine((n % 3) switch
            {
                0 => (0, [new(Token, 10 * n)]),
                1 => (1000 * n, [new(Token, 10)]),
                _ => (-n, [new(Token, -n), new(Other, n)]),
            });
        }

        var (wallet, addresses) = await sync.NewWallet(1);
        return (wallet, addresses[0]);
    }

    private async Task ShouldBeTrue(string address)
    {
        var ledger = await sync.LedgerOf(address);
        (await sync.Execute("select derived::text from ledgers where ledger_id = $1", ledger)).ShouldBe(sync.Chain.Sum().ToString());
        foreach (var asset in (string[])[Token, Other])
            (await sync.Execute("select derived::text from ledger_assets where ledger_id = $1 and asset = $2", ledger, asset))
                .ShouldBe(sync.Chain.Sum(asset).ToString());
        (await sync.Execute("select array_agg(txid::text order by txid) from ledger_transactions where ledger_id = $1 and not orphaned", ledger))
            .ShouldBe(sync.Chain.Txids.Order(StringComparer.Ordinal).ToArray());
    }

    private async Task<IReadOnlyList<(string Asset, string Verdict)>> Verdicts(string address)
    {
        var rows = (string[])(await sync.Execute("select array_agg(asset || ' ' || verdict order by asset) from ledger_assets where ledger_id = $1",
            await sync.LedgerOf(address)))!;
        return [.. rows.Select(row => (row.Split(' ')[0], row.Split(' ')[1]))];
    }

    private async Task<IReadOnlyList<object>> Events(string address) => await Read(StreamName.Of(LedgerEvent.Category, await sync.LedgerOf(address)));

    private async Task<IReadOnlyList<object>> Read(string stream)
    {
        var events = new List<object>();
        await foreach (var stored in sync.Store.ReadStreamAsync(stream, ct)) events.Add(stored.Data);
        return events;
    }
}
