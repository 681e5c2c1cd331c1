using System.Globalization;
using System.Numerics;
using Fractions;
using Portfolio.Prices;
using Portfolio.Valuation;

namespace Portfolio.Statements.Verifying;

/// <summary>Adds a statement up again: every sum, every balance on the way, every value.</summary>
internal static class SumChecks
{
    public static IEnumerable<Finding> Of(Statement statement)
    {
        var found = new List<Finding>();
        if (Currency.Find(statement.Currency) is not { } currency)
        {
            found.Add(Finding.Fault("currency", $"{statement.Currency} is none"));
            return found;
        }

        if (statement.Present && statement.At != statement.MadeAt)
            found.Add(Finding.Fault("at", "is not when it was made, though it is of the present"));
        if (statement.At > statement.MadeAt.AddMinutes(1)) found.Add(Finding.Fault("at", "is later than when it was made"));
        foreach (var (i, address) in statement.Addresses.Index()) found.AddRange(Of(statement, address, i, currency));
        Blocks(statement, found);
        Totals(statement, currency, found);
        if (statement.Provisional != statement.Addresses.Any(address => address.Balances.Any(balance => balance.Provisional))
            && !(statement.Provisional && statement.Addresses.Any(address => address.Balances.Count == 0)))
            found.Add(Finding.Fault("provisional", "is not what the balances say"));
        if (found.TrueForAll(one => one.Kind is not FindingKind.Fault))
        {
            found.Add(Finding.Shown("sums",
                string.Create(CultureInfo.InvariantCulture, $"{statement.Addresses.Sum(address => address.Balances.Count)} " +
                $"balances are the sums of their {statement.Addresses.Sum(address => address.Balances.Sum(one => one.Transactions.Count))} lines, " +
                $"and every value is its amount times its price")));
        }

        return found;
    }

    private static IEnumerable<Finding> Of(Statement statement, StatementAddress address, int place, Currency currency)
    {
        if (address.Balances.DistinctBy(balance => balance.Asset).Count() != address.Balances.Count)
            yield return Finding.Fault($"addresses/{place}", "has an asset twice");
        foreach (var (i, balance) in address.Balances.Index())
        {
            var where = $"addresses/{place}/balances/{i}";
            var (held, height) = (BigInteger.Zero, long.MinValue);
            foreach (var (line, one) in balance.Transactions.Index())
            {
                held += one.Delta.Value;
                if (held != one.Balance.Value)
                    yield return Finding.Fault($"{where}/transactions/{line}/balance", $"is {one.Balance}; the lines make {held}");
                if (one.Height < height) yield return Finding.Fault($"{where}/transactions/{line}/height", "is below that of the line before");
                if (one.Time > statement.At && !statement.Present)
                    yield return Finding.Fault($"{where}/transactions/{line}/time", "is later than the statement's instant");
                (held, height) = (one.Balance.Value, one.Height);
            }

            held = balance.Transactions.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Delta.Value);
            if (held != balance.Balance.Amount.Value)
                yield return Finding.Fault($"{where}/balance", $"is {balance.Balance.Amount}; the {balance.Transactions.Count} lines make {held}");
            if (balance.Transactions.DistinctBy(one => one.Txid).Count() != balance.Transactions.Count)
                yield return Finding.Fault($"{where}/transactions", "has a transaction twice");
            if (balance.Block is { Is: StatementBlock.NewestTransaction } block
                && (balance.Transactions is not [.., var newest] || (newest.Height, newest.BlockHash) != (block.Height, block.Hash)))
                yield return Finding.Fault($"{where}/block", "is not that of the newest transaction");
            foreach (var fault in Amounts(where, balance.Balance, balance.Price, balance.Value, balance.LeftOut, currency)) yield return fault;
        }
    }

    private static IEnumerable<Finding> Amounts(string where, Money money, DayPriceView? price, Worth? value, string? leftOut, Currency currency)
    {
        if (money.Decimals is < 0 or > 255 || money.Display != money.Amount.ToDisplay(money.Decimals))
        {
            yield return Finding.Fault($"{where}/balance/display", $"is not {money.Amount} base units of 10^-{money.Decimals}");
            yield break;
        }

        if (price is not null && price.Currency != currency.Code) yield return Finding.Fault($"{where}/price/currency", $"is not {currency.Code}");
        var exact = leftOut is null ? Exactly(money, price) : null;
        var due = exact is { } known ? Worth.Of(known, currency) : null;
        if (due != value)
            yield return Finding.Fault($"{where}/value", $"is {value?.Amount ?? "none"}; amount and price make {due?.Amount ?? "none"}");
    }

    // One transaction is in one block, whichever address it concerns; of one address that block may be named, of another not yet.
    private static void Blocks(Statement statement, List<Finding> found)
    {
        var lines = statement.Addresses.SelectMany(address => address.Balances.SelectMany(
            balance => balance.Transactions, (_, one) => (address.Network, one)))
            .Where(line => line.one.BlockHash is not null);
        foreach (var same in lines.GroupBy(line => (line.Network, line.one.Txid), line => line.one))
        {
            if (same.Any(one => (one.Height, one.BlockHash, one.Time) != (same.First().Height, same.First().BlockHash, same.First().Time)))
                found.Add(Finding.Fault($"transaction {same.Key.Txid}", "is said to be in several blocks"));
        }
    }

    private static void Totals(Statement statement, Currency currency, List<Finding> found)
    {
        var sums = statement.Addresses.SelectMany(address => address.Balances, (address, balance) => (address.Network, balance))
            .GroupBy(one => (one.Network, one.balance.Asset), one => one.balance).ToDictionary(same => same.Key, same => same.ToList());
        foreach (var (i, total) in statement.Totals.Index())
        {
            var where = $"totals/{i}";
            if (!sums.Remove((total.Network, total.Asset), out var parts))
            {
                found.Add(Finding.Fault(where, "is of an asset that no address has, or that has a sum already"));
                continue;
            }

            var sum = parts.Aggregate(BigInteger.Zero, (all, part) => all + part.Balance.Amount.Value);
            if (sum != total.Balance.Amount.Value)
                found.Add(Finding.Fault($"{where}/balance", $"is {total.Balance.Amount}; the addresses make {sum}"));
            if (parts.Exists(part => (part.Price, part.LeftOut, part.Balance.Decimals, part.Balance.Symbol)
                != (total.Price, total.LeftOut, total.Balance.Decimals, total.Balance.Symbol)))
                found.Add(Finding.Fault(where, "has another price, name or unit than the addresses' balances"));
            found.AddRange(Amounts(where, total.Balance, total.Price, total.Value, total.LeftOut, currency));
        }

        found.AddRange(sums.Keys.Select(left => Finding.Fault("totals", $"has no sum of {left.Asset}")));
        var due = ValueSum.Of(statement.Totals.Where(total => total.LeftOut is null).GroupBy(total => total.Asset)
            .Select(same => same.Aggregate((Fraction?)Fraction.Zero, (all, total) => all + Exactly(total.Balance, total.Price)))).Shown(currency);
        if (due != statement.Value)
            found.Add(Finding.Fault("value", $"is {statement.Value.Value?.Amount ?? "none"}; the totals make {due.Value?.Amount ?? "none"}"));
    }

    private static Fraction? Exactly(Money money, DayPriceView? price) => money.Amount.IsZero ? Fraction.Zero
        : price is not null && decimal.TryParse(price.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var known)
            ? Worth.Exactly(money.Amount, money.Decimals, known) : null;
}
