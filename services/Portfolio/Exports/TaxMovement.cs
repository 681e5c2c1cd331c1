using System.Numerics;
using Chains;
using Portfolio.Prices;
using Portfolio.Transactions;

namespace Portfolio.Exports;

/// <summary>What went out, what came in, and what it cost: a line for a tool that reckons taxes.</summary>
internal sealed record TaxMovement(
    DateTimeOffset Time, string Network, string Txid, Money? Sent, Money? Received, Money? Fee, string? Worth, bool Coinbase, string? Description)
{
    /// <summary>Whether nothing moved but what was paid for moving it.</summary>
    public bool IsCost => Sent is null && Received is null;

    /// <summary>
    /// The lines of one transaction, of all rows that it has in the export together, so that what went from one's own address to another is no
    /// line. The fee is taken out of what was sent, once. One asset for another is one line; several are a line each.
    /// </summary>
    public static IEnumerable<TaxMovement> Of(IReadOnlyList<ExportedTransaction> rows, Currency currency)
    {
        var first = rows[0];
        var fee = rows.Where(row => row.Row.Delta.Sign < 0).Select(row => row.View.Fee).FirstOrDefault();
        var assets = rows.GroupBy(row => row.View.Asset).Select(group => (Of: group.First(), Net: Sum(group))).ToList();
        var paid = BigInteger.Zero;
        for (var i = 0; i < assets.Count && fee is not null; i++)
        {
            // It is paid in the network's own asset, by whoever lost some of it, and never more than they lost.
            var asset = assets[i].Of.View.Result;
            if (asset.Symbol != fee.Symbol || asset.Decimals != fee.Decimals || assets[i].Net.Sign >= 0) continue;
            paid = BigInteger.Min(fee.Amount.Value, -assets[i].Net);
            assets[i] = (assets[i].Of, assets[i].Net + paid);
            break;
        }

        var cost = paid.IsZero ? null : Money(paid, fee!.Decimals, fee.Symbol);
        var sent = assets.Where(asset => asset.Net.Sign < 0).ToList();
        var got = assets.Where(asset => asset.Net.Sign > 0).ToList();
        if (sent is [var gave] && got is [var took]) return [Line(gave, took)];
        List<TaxMovement> lines = [.. sent.Select(asset => Line(asset, null)), .. got.Select(asset => Line(null, asset))];
        return lines.Count > 0 || cost is null ? lines : [Line(null, null)];

        TaxMovement Line((ExportedTransaction Of, BigInteger Net)? gave, (ExportedTransaction Of, BigInteger Net)? took)
        {
            var (charged, valued) = (cost, took ?? gave);
            cost = null;
            return new(
                first.Row.Time, first.View.Network, first.View.Txid, gave is { } out1 ? MoneyOf(out1) : null, took is { } in1 ? MoneyOf(in1) : null,
                charged, valued is { } worth ? WorthOf(worth, currency) : null, first.View.Coinbase, Describe(first.Said));
        }
    }

    private static BigInteger Sum(IEnumerable<ExportedTransaction> rows) => rows.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Row.Delta);

    private static Money MoneyOf((ExportedTransaction Of, BigInteger Net) asset) =>
        Money(BigInteger.Abs(asset.Net), asset.Of.View.Result.Decimals, asset.Of.View.Result.Symbol);

    private static Money Money(BigInteger amount, int decimals, string symbol) =>
        new(new(amount), decimals, symbol, new Amount(amount).ToDisplay(decimals));

    private static string? WorthOf((ExportedTransaction Of, BigInteger Net) asset, Currency currency) => asset.Of.Price is not { } price ? null
        : Prices.Worth.Text(Prices.Worth.Exactly(BigInteger.Abs(asset.Net), asset.Of.View.Result.Decimals, price.Value), currency.Digits);

    private static string? Describe(SaidOfTransaction? said) =>
        said is null ? null : string.Join(": ", new[] { said.Label, said.Note?.ReplaceLineEndings(" ") }.OfType<string>());
}
