using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>A provider that told plausible falsehoods once and tells the truth later: what is not true is taken back by name.</summary>
public sealed class Retracting(AccountParts sync) : IClassFixture<AccountParts>
{
    internal const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_was_false_once_is_taken_back_and_told_as_it_is(bool isAskedFor)
    {
        var (wallet, address) = await NewHistory(sync, sync.Chain);
        var (invented, wrong, both) = (new string('e', 64), sync.Chain.Txids[3], sync.Chain.Txids[20]);
        sync.Chain.Telling = all => all.SelectMany(transaction => Falsely(transaction, invented, wrong, both));

        await sync.Sync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("mismatch");
        (await Retracted(sync, address)).ShouldBeEmpty("the provider says the same of it again");

        sync.Chain.Telling = all => all;
        if (isAskedFor)
        {
            await sync.Resync(wallet);
        }
        else
        {
            await Check(wallet, address);
            (await sync.VerdictOf(address)).ShouldBe("mismatch", "it was looked into a moment ago");
            await sync.Execute("update ledgers set read_again_at = read_again_at - interval '1 day' where address = $1", address);
            await Check(wallet, address);
        }

        (await sync.VerdictOf(address)).ShouldBe("verified");
        (await sync.Execute("select derived::text || ' ' || derived_count from ledgers where address = $1", address)).ShouldBe("2500 25");
        (await sync.Execute("select derived::text || ' ' || derived_count || ' ' || verdict from ledger_assets where ledger_id = $1",
            await sync.LedgerOf(address))).ShouldBe("125 25 verified");
        (await sync.Execute("select count(*) from ledger_retold")).ShouldBe(0L);

        var retracted = await Retracted(sync, address);
        retracted.Select(e => e.Transaction.Txid).ShouldBe([invented, wrong, both], ignoreOrder: true);
        retracted.ShouldAllBe(e => e.Transaction.Incarnation == 0 && e.Provider == "accounts");
        (await sync.EventsOf(address)).OfType<LedgerEvent.TransactionObserved>().Where(e => e.Transaction.Incarnation == 1)
            .Select(e => (e.Transaction.Txid, e.Transaction.Movements.Count)).ShouldBe([(wrong, 2), (both, 2)], ignoreOrder: true);

        // Told falsely once more, and truly again.
        sync.Chain.Telling = all => all.SelectMany(transaction => Falsely(transaction, invented, wrong, both));
        await sync.Execute("update ledgers set settled_height = null where address = $1", address);
        await sync.Resync(wallet);
        sync.Chain.Telling = all => all;
        await sync.Resync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_token_that_was_false_alone_is_taken_back_too()
    {
        var (wallet, address) = await NewHistory(sync, sync.Chain);
        var wrong = sync.Chain.Txids[3];
        sync.Chain.Telling = all => all.Select(transaction => transaction.Txid == wrong
            ? transaction with { Others = [new(Token, 6)] } : transaction);
        await sync.Sync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        (await VerdictOfToken(address)).ShouldBe("mismatch");

        sync.Chain.Telling = all => all;
        await sync.Resync(wallet);
        (await VerdictOfToken(address)).ShouldBe("verified");
        (await Retracted(sync, address)).ShouldHaveSingleItem().Transaction.Txid.ShouldBe(wrong);
    }

    [Fact]
    public async Task who_lists_less_than_the_balance_says_makes_nothing_forgotten()
    {
        var (wallet, address) = await NewHistory(sync, sync.Chain);
        await sync.Sync(wallet);
        sync.Chain.Hidden.Add(sync.Chain.Txids[3]);
        sync.Chain.Lies[""] = 2399;
        await sync.Resync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("mismatch");
        (await Retracted(sync, address)).ShouldBeEmpty();
        (await sync.Execute("select derived_count from ledgers where address = $1", address)).ShouldBe(25L);
    }

    private async Task Check(Guid wallet, string address)
    {
        await sync.Execute("update ledgers set wanted_at = now() where address = $1", address);
        await sync.Sync(wallet, Triggers.Scheduled);
    }

    private async Task<object?> VerdictOfToken(string address) =>
        await sync.Execute("select verdict from ledger_assets where ledger_id = $1", await sync.LedgerOf(address));

    private static IEnumerable<ChainTransaction> Falsely(ChainTransaction transaction, string invented, string wrong, string both)
    {
        yield return transaction.Txid == wrong ? transaction with { Delta = transaction.Delta + 7 }
            : transaction.Txid == both ? transaction with { Delta = 1, Others = [new(Token, 3)] } : transaction;
        if (transaction.Txid == wrong) yield return transaction with { Txid = invented, Delta = 13, Others = [new(Token, 1)] };
    }

    internal static async Task<(Guid Wallet, string Address)> NewHistory(SyncParts sync, AccountChain chain)
    {
        chain.Clear();
        for (var n = 0; n < 25; n++) chain.Mine((100, [new(Token, 5)]));
        // Out of any reorganisation's reach.
        for (var n = 0; n < 200; n++) chain.Mine();
        var (wallet, addresses) = await sync.NewWallet(1);
        return (wallet, addresses[0]);
    }

    internal static async Task<IReadOnlyList<LedgerEvent.TransactionRetracted>> Retracted(SyncParts sync, string address) =>
        [.. (await sync.EventsOf(address)).OfType<LedgerEvent.TransactionRetracted>()];
}

/// <summary>The same where somebody else knows the chain too.</summary>
public sealed class RetractingBesideAnother(TwoAccountParts sync) : IClassFixture<TwoAccountParts>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task nothing_is_taken_back_where_another_contradicts(bool contradicts)
    {
        sync.Other.Clear();
        var (wallet, address) = await Retracting.NewHistory(sync, sync.Chain);
        var wrong = sync.Chain.Txids[3];
        await sync.Sync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");

        // Both leave out what was read once, and one of them holds the balance that fits.
        sync.Chain.Telling = sync.Other.Telling = all => all.Where(transaction => transaction.Txid != wrong);
        foreach (var (chain, sum) in new[] { (sync.Chain, 2400), (sync.Other, contradicts ? 2401 : 2400) })
            (chain.Lies[""], chain.Lies[Retracting.Token]) = (sum, 120);
        await sync.Resync(wallet);

        (await sync.VerdictOf(address)).ShouldBe(contradicts ? "mismatch" : "verified");
        (await Retracting.Retracted(sync, address)).Count.ShouldBe(contradicts ? 0 : 1);
    }
}

/// <summary>The same where no two ever tell of the same tip.</summary>
public sealed class RetractingWhereNoTipStands(FasterAccountParts sync) : IClassFixture<FasterAccountParts>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task nothing_is_taken_back_where_another_contradicts(bool contradicts)
    {
        sync.Other.Clear();
        var (wallet, address) = await Retracting.NewHistory(sync, sync.Chain);
        var wrong = sync.Chain.Txids[3];
        sync.Chain.Telling = all => all.Select(transaction => transaction.Txid == wrong
            ? transaction with { Others = [new(Retracting.Token, 6)] } : transaction);
        await sync.Sync(wallet);

        // Who told it so tells it otherwise now, and the other one holds what it was.
        sync.Chain.Telling = all => all;
        if (contradicts) sync.Other.Lies[Retracting.Token] = 126;
        await sync.Resync(wallet);

        (await Retracting.Retracted(sync, address)).Count.ShouldBe(contradicts ? 0 : 1);
        (await sync.Execute("select derived::text from ledger_assets where ledger_id = $1", await sync.LedgerOf(address)))
            .ShouldBe(contradicts ? "126" : "125");
    }
}
