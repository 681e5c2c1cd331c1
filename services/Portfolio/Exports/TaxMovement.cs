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
    /// line. The fee is taken out of what was sent, once, where it is known to be one's own. One asset for another is one line; several are a
    /// line each.
    /// </summary>
    public static IEnumerable<TaxMovement> Of(
        IReadOnlyList<ExportedTransaction> rows, Network? network, IReadOnlySet<(string Network, string Address)> own, Currency currency)
    {
        var first = rows[0];
        var assets = rows.GroupBy(row => row.View.Asset).Select(group => (Of: group.First(), Net: Sum(group))).ToList();
        var (paid, fee) = (BigInteger.Zero, first.View.Fee);
        if (assets.FindIndex(asset => asset.Of.View.Asset == network?.Native.Caip19) is >= 0 and var native)
        {
            // Whatever others lost cannot have paid it.
            var lost = -Sum(rows.Where(row => row.View.Asset == network!.Native.Caip19 && row.Row.Delta.Sign < 0));
            if (FeeOf(rows, network!, own) is var wanted && wanted <= lost) paid = wanted;
            assets[native] = (assets[native].Of, assets[native].Net + paid);
        }

        var cost = paid.IsZero ? null : Money(paid, fee.Decimals, fee.Symbol);
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

    // The same as for gains: where coins are spent it is one's own only if all of them were; elsewhere each address tells what it paid.
    private static BigInteger FeeOf(
        IReadOnlyList<ExportedTransaction> rows, Network network, IReadOnlySet<(string Network, string Address)> own)
    {
        if (network.Family is not ChainFamily.Utxo)
            return rows.DistinctBy(row => row.Row.Key.LedgerId).Aggregate(BigInteger.Zero, (sum, row) => sum + row.Row.Fee.Value);
        var spent = rows.FirstOrDefault(row => row.Row.Delta.Sign < 0);
        return spent is not null && spent.Row.From.All(party => party.Address is { } address && own.Contains((network.Slug, address)))
            ? spent.Row.Fee.Value : BigInteger.Zero;
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
