using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>An explorer whose lists are read at different times: what it tells late is added to what is known, and what it tells otherwise
/// is said.</summary>
public sealed class ToldLateByLists(EvmParts sync) : IClassFixture<EvmParts>
{
    private const string Inside = "*action=txlistinternal*";
    private const string Tokens = "*action=tokentx*";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Inside)]
    [InlineData(Tokens)]
    [InlineData("*action=txlist&*")]
    public async Task what_a_list_told_late_is_added_once_and_the_address_ends_verified(string list)
    {
        var (me, wallet, address) = await Mixed($"late {list}");
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: list), ct);
        await sync.Sync(wallet);
        (await sync.LastVerdict(address)).Verdict.ShouldBe(list == Tokens ? "verified" : "mismatch");

        await sync.Script.ClearFaultsAsync(ct);
        await sync.Resync(wallet);
        await sync.ShouldBeTrueOf(me, address);
        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
        foreach (var token in (string[])[EvmWorlds.Usdc, EvmWorlds.Dust])
            (await sync.LastVerdict(address, asset: $"eip155:1/erc20:{token}")).Verdict.ShouldBe("verified");

        var events = await sync.EventsOf(await sync.LedgerOf(address, EvmParts.Ethereum));
        events.OfType<LedgerEvent.TransactionOrphaned>().ShouldBeEmpty();
        var added = events.OfType<LedgerEvent.MovementAdded>().Count();
        added.ShouldBeGreaterThan(0);

        // Once more, with the lists away one after the other: nothing is lost and nothing comes twice.
        foreach (var away in (string[])[Inside, Tokens])
        {
            await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: away), ct);
            await sync.Resync(wallet);
            await sync.Script.ClearFaultsAsync(ct);
        }

        await sync.Resync(wallet);
        await sync.ShouldBeTrueOf(me, address);
        (await sync.EventsOf(await sync.LedgerOf(address, EvmParts.Ethereum))).OfType<LedgerEvent.MovementAdded>().Count().ShouldBe(added);
    }

    [Fact]
    public async Task an_amount_that_was_a_lie_is_taken_back_by_name_once_the_balance_says_so()
    {
        var (me, wallet, address) = await Mixed("disputed");
        await sync.Sync(wallet);
        await sync.ShouldBeTrueOf(me, address);

        // What was once believed is a lie: 5 more were kept of one movement than the explorer tells by now.
        var ledger = await sync.LedgerOf(address, EvmParts.Ethereum);
        await sync.Execute("""
            with lied as (
                update ledger_transactions set delta = delta + 5,
                parts = jsonb_set(parts, '{value,0}', to_jsonb(((parts -> 'value' ->> 0)::numeric + 5)::text))
                where ledger_id = $1 and txid = (select min(txid) from ledger_transactions where ledger_id = $1 and parts ? 'value')
                returning ledger_id)
            update ledgers set derived = derived + 5 from lied where ledgers.ledger_id = lied.ledger_id
            """, ledger);
        await sync.Resync(wallet);

        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
        await sync.ShouldBeTrueOf(me, address);
        var events = await sync.EventsOf(ledger);
        events.OfType<LedgerEvent.MovementAdded>().ShouldBeEmpty();
        events.OfType<LedgerEvent.TransactionRetracted>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task a_known_transaction_is_compared_without_another_question()
    {
        var (_, wallet, _) = await Mixed("questions");
        await sync.Sync(wallet);
        await sync.Script.ResetCountersAsync(ct);
        await sync.Resync(wallet);
        var again = (await sync.Script.RequestsAsync(ct)).Total;

        var (_, bare, _) = await Mixed("questions of a first walk");
        await sync.Script.ResetCountersAsync(ct);
        await sync.Sync(bare);
        // The first walk asks for the balances of tokens besides; that is all.
        ((await sync.Script.RequestsAsync(ct)).Total - again).ShouldBeInRange(0, 2);
    }

    // Value, movements inside and tokens, together and alone.
    private async Task<(string Account, Guid Wallet, string Address)> Mixed(string name)
    {
        var me = EvmProvider.Account(name);
        EvmMine[] blocks =
        [
            EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me,
                "10000000000000000000") with { Moves = [new(EvmWorlds.Dust, EvmWorlds.Other, me, "20")] }),
            EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Router, "1000", gas: 180_000) with
            {
                Inside = [new(EvmWorlds.Router, me, "100"), new(EvmWorlds.Router, me, "100"), new(EvmWorlds.Router, me, "3")],
                Moves = [new(EvmWorlds.Usdc, EvmWorlds.Router, me, "2500"), new(EvmWorlds.Usdc, EvmWorlds.Router, me, "2500"),
                    new(EvmWorlds.Dust, me, EvmWorlds.Router, "8")],
            }),
            EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, EvmWorlds.Router) with { Inside = [new(EvmWorlds.Router, me, "500")],
                Moves = [new(EvmWorlds.Usdc, EvmWorlds.Router, me, "1")] }),
            EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Other, "5")) with { Blocks = 3 },
        ];
        foreach (var block in blocks) await sync.Script.MineEvmAsync(block, ct);
        var (wallet, address) = await sync.Track(me);
        return (me, wallet, address);
    }
}
