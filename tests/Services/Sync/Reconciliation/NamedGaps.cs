using System.Text.Json.Nodes;
using Chains;
using EventSourcing;
using Shouldly;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>A transaction that is listed and cannot be read is a gap by name, and everything around it is read.</summary>
public sealed class NamedGaps(AccountParts sync) : IClassFixture<AccountParts>
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_history_with_a_gap_is_explained_by_its_name_until_somebody_tells_it()
    {
        var (wallet, address) = await NewHistory();
        var gap = sync.Chain.Txids[3];
        sync.Chain.Unreadable.Add(gap);

        await sync.Sync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("explained");
        var told = (await Events(address)).OfType<LedgerEvent.BalanceReconciled>().ToDictionary(e => e.Asset);
        var native = told.Single(each => each.Key != Token).Value;
        native.Differences.Select(difference => (difference.Class, difference.Balance, difference.Transactions)).ShouldBe([("gap", (Amount)100, 1L)]);
        native.Differences[0].Reason.ShouldNotBeNull().ShouldSatisfyAllConditions(
            reason => reason.ShouldContain(gap), reason => reason.ShouldContain("accounts: tells nothing of it"));
        (told[Token].Verdict, told[Token].Differences[0].Class, told[Token].Differences[0].Balance).ShouldBe(("explained", "gap", (Amount)5));
        (await sync.Execute("select derived_count from ledgers where address = $1", address)).ShouldBe(24L);

        await using var api = await SyncApi.Start(sync);
        using var owner = api.As(await sync.OwnerOf(wallet));
        var shown = JsonNode.Parse(await owner.GetStringAsync($"/api/v1/wallets/{wallet}/sync", ct))!["addresses"]![0]!;
        var named = shown["gaps"]!.AsArray().ShouldHaveSingleItem()!;
        ((long)shown["gapCount"]!, (string)named["txid"]!, (string)named["provider"]!, (string)named["reason"]!)
            .ShouldBe((1, gap, "accounts", "tells nothing of it"));
        ((long)named["height"]!).ShouldBePositive();
        ((DateTimeOffset)named["nextTry"]!).ShouldBeGreaterThan(DateTimeOffset.UtcNow);

        // Asked for again only when it is due.
        await sync.Resync(wallet);
        (await sync.Execute("select tries from ledger_gaps where ledger_id = $1", await sync.LedgerOf(address))).ShouldBe(1);

        sync.Chain.Unreadable.Clear();
        await sync.Execute("update ledger_gaps set retry_at = now()");
        await sync.Resync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        (await Events(address)).Where(e => e is LedgerEvent.GapFound or LedgerEvent.GapClosed).Select(e => e.GetType().Name)
            .ShouldBe(["GapFound", "GapClosed"]);
        (await sync.Execute("select derived::text from ledger_assets where ledger_id = $1", await sync.LedgerOf(address))).ShouldBe("125");
    }

    [Fact]
    public async Task a_gap_that_is_not_listed_any_more_is_none()
    {
        var (wallet, address) = await NewHistory();
        sync.Chain.Mine((0, []));
        sync.Chain.Unreadable.Add(sync.Chain.Txids[^1]);
        await sync.Sync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("explained", "although nothing is missing of the sum");

        sync.Chain.Hidden.UnionWith(sync.Chain.Unreadable);
        sync.Chain.Unreadable.Clear();
        await sync.Execute("update ledger_gaps set retry_at = now() + interval '1 day'");
        await sync.Resync(wallet);
        (await sync.VerdictOf(address)).ShouldBe("verified");
        (await sync.Execute("select count(*) from ledger_gaps")).ShouldBe(0L);
    }

    private async Task<(Guid Wallet, string Address)> NewHistory()
    {
        sync.Chain.Clear();
        for (var n = 0; n < 25; n++) sync.Chain.Mine((100, [new(Token, 5)]));
        var (wallet, addresses) = await sync.NewWallet(1);
        return (wallet, addresses[0]);
    }

    private async Task<IReadOnlyList<object>> Events(string address)
    {
        var events = new List<object>();
        await foreach (var stored in sync.Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, await sync.LedgerOf(address)), ct))
            events.Add(stored.Data);
        return events;
    }
}
