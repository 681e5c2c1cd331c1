using System.Numerics;
using Chains;
using Contracts;
using Portfolio;
using Portfolio.Exports;
using Portfolio.Prices;
using Portfolio.Transactions;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Exports;

public sealed class TellingTaxTools
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000bb";
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void a_fee_is_ones_own_where_all_that_was_spent_was()
    {
        var one = Lines(Networks.Bitcoin, Row(Networks.Bitcoin, 1, -310, 10, "own")).ShouldHaveSingleItem();
        (one.Sent!.Amount.Value, one.Fee!.Amount.Value).ShouldBe((300, 10));
        one = Lines(Networks.Bitcoin, Row(Networks.Bitcoin, 1, -310, 10, "own", "somebody")).ShouldHaveSingleItem();
        (one.Sent!.Amount.Value, one.Fee).ShouldBe((310, null), "others spent, too: who paid is not known");
        one = Lines(Networks.Bitcoin, Row(Networks.Bitcoin, 1, -310, 400, "own")).ShouldHaveSingleItem();
        (one.Sent!.Amount.Value, one.Fee).ShouldBe((310, null), "nobody pays more than they lost");
    }

    [Fact]
    public void a_fee_is_paid_in_the_networks_own_asset_and_not_in_one_that_is_called_like_it()
    {
        // The token stands first, with the symbol and the decimals of the network's own asset.
        var line = Lines(Networks.Ethereum,
            Row(Networks.Ethereum, 1, -50, 10, "own", asset: Token), Row(Networks.Ethereum, 1, -10, 10, "own"));
        line.ShouldHaveSingleItem().Sent!.Amount.Value.ShouldBe(50, "of the token nothing was paid");
        line[0].Fee!.Amount.Value.ShouldBe(10);
    }

    [Fact]
    public void each_of_ones_own_accounts_tells_what_it_paid()
    {
        // One pays to call a contract that moves something out of the other.
        var lines = Lines(Networks.Ethereum,
            Row(Networks.Ethereum, 1, -10, 10, "own"), Row(Networks.Ethereum, 1, -100, 0, "own", ledger: Guid.NewGuid()));
        var one = lines.ShouldHaveSingleItem();
        (one.Sent!.Amount.Value, one.Fee!.Amount.Value).ShouldBe((100, 10));
    }

    private static List<TaxMovement> Lines(Network network, params ExportedTransaction[] rows) =>
        [.. TaxMovement.Of(rows, network, new HashSet<(string, string)> { (network.Slug, "own") }, Currency.Usd)];

    private static ExportedTransaction Row(
        Network network, long height, BigInteger delta, BigInteger fee, string from, string? other = null, string? asset = null, Guid? ledger = null)
    {
        var key = new TransactionKey(height, 0, 0, "t", asset ?? network.Native.Caip19, ledger ?? Guid.Empty);
        Party[] senders = [new Party(from, 1), .. other is null ? Array.Empty<Party>() : [new Party(other, 1)]];
        var row = new TransactionRow(
            key, Guid.Empty, "own", network.Slug, delta, At, true, false, "h", new(fee), false, senders, [], 100, 10, false, Guid.Empty, null);
        var names = new AssetNames(Networks.Shipped, new Dictionary<(string, string), Asset>
        {
            [(network.Slug, Token)] = new(Token, network.Native.Symbol, network.Native.Decimals),
        });
        return new(row, RunningBalances.Views(Networks.Shipped, names, [row], backward: true)[0].View, null, null, default);
    }
}
