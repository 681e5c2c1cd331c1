using System.Numerics;
using Portfolio.Prices;
using Portfolio.Valuation;

namespace Portfolio.Statements;

/// <summary>Adds up a statement of what was read: nothing is asked here, and the same rows make the same statement.</summary>
internal static class StatementMaker
{
    private static readonly IReadOnlyList<string> Notes =
    [
        "A balance is the sum of the transactions that are listed with it; anybody can add them up.",
        "A value is a balance times the price of its day, rounded once; a sum of values is rounded once too, and has none where a part has no price.",
        "A transaction's proof shows that it is in a block of that hash, and what it pays to the address. It does not show that the block is in " +
            "the chain that counts: compare its hash with any node or explorer.",
        "An account's proof shows what the account held of its chain's own coin after a block of that hash.",
        "No proof shows completeness: that no other transaction of the address was left out. What speaks for it is that a provider counts as much, " +
            "where the balance is said to be verified, and on chains of accounts the proof of the whole balance.",
        "The signature shows that this service made the statement and that nobody changed it; it does not show that it is true.",
    ];

    public static Statement Make(
        StatementWallet wallet, DateTimeOffset? at, DateTimeOffset now, IReadOnlyList<CountedBalance> balances,
        IReadOnlyList<CountedTransaction> transactions, AssetNames names, AssetValues values, StatementProofs? proofs)
    {
        var byBalance = transactions.ToLookup(one => (one.AddressId, one.Asset));
        var addresses = balances.GroupBy(row => (row.AddressId, row.Network, row.Address, row.Label)).Select(address => new StatementAddress(
            address.Key.AddressId, address.Key.Network, address.Key.Address, address.Key.Label,
            [.. address.Where(row => row.Asset is not null).Select(row => Balance(row, byBalance[(row.AddressId, row.Asset!)], names, values, at))]))
            .ToList();
        var sums = addresses.SelectMany(address => address.Balances,
            (address, balance) => (address.Network, balance.Asset, balance.Balance.Amount.Value))
            .GroupBy(held => (held.Network, held.Asset), held => held.Value)
            .Select(same => (same.Key.Network, same.Key.Asset, Amount: Sum(same))).ToList();
        return new(
            Statement.CurrentFormat, wallet, at ?? now, at is null, now, values.Currency.Code, balances.Any(row => row.Provisional), addresses,
            [.. sums.Select(sum => Total(sum.Network, sum.Asset, sum.Amount, names, values))],
            values.Sum(sums.Select(sum => (sum.Asset, sum.Amount))).Shown(values.Currency), proofs, Notes, "", new("", "", ""));
    }

    private static StatementBalance Balance(
        CountedBalance row, IEnumerable<CountedTransaction> transactions, AssetNames names, AssetValues values, DateTimeOffset? at)
    {
        var (held, lines) = (BigInteger.Zero, new List<StatementTransaction>());
        foreach (var one in transactions)
        {
            held += one.Delta;
            lines.Add(new(one.Txid, one.Height, one.BlockHash, one.Time, new(one.Delta), new(held)));
        }

        // What the sums kept say is what every other answer says.
        if (held != row.Derived)
            throw new InvalidOperationException($"The transactions of {row.Address} make {held} of {row.Asset}, and its sum is {row.Derived}.");
        var (asset, value) = (names.Of(row.Network, row.Asset), values[row.Asset!]);
        return new(
            row.Asset!, Money.Of(new(held), asset), DayPriceView.Of(value.Price, values.Currency), Shown(value, held, values.Currency), value.LeftOut,
            BlockOf(row, lines, at), row.Status, row.Provisional, row.Compared, lines);
    }

    // A comparison is of the present, and says nothing of what came after it.
    private static StatementBlock? BlockOf(CountedBalance row, List<StatementTransaction> lines, DateTimeOffset? at)
    {
        var newest = lines.Count == 0 ? null : lines[^1];
        if (at is null && row.Compared is { } compared && !(newest?.Height > compared.Height))
            return new(compared.Height, compared.Hash, StatementBlock.Comparison);
        return newest is null ? null : new(newest.Height, newest.BlockHash, StatementBlock.NewestTransaction);
    }

    private static StatementTotal Total(string network, string name, BigInteger amount, AssetNames names, AssetValues values) => new(
        network, name, Money.Of(new(amount), names.Of(network, name)), DayPriceView.Of(values[name].Price, values.Currency),
        Shown(values[name], amount, values.Currency), values[name].LeftOut);

    private static Worth? Shown(AssetValue asset, BigInteger amount, Currency currency) =>
        asset.LeftOut is null && asset.Of(amount) is { } value ? Worth.Of(value, currency) : null;

    private static BigInteger Sum(IEnumerable<BigInteger> amounts) => amounts.Aggregate(BigInteger.Zero, BigInteger.Add);
}
