using System.Numerics;
using Chains;
using Contracts;

namespace Portfolio.Clusters;

/// <summary>
/// What a transaction's inputs and outputs look like, if they look like those of several people who made it together: then who spends in it
/// says nothing about who belongs together. <paramref name="Confidence"/> is from 0 to 1.
/// </summary>
/// <param name="Shape"><c>whirlpool</c>, <c>whirlpoolTx0</c>, <c>wasabi1</c>, <c>wasabi2</c>, <c>joinMarket</c> or <c>equalOutputs</c>.</param>
/// <param name="Confidence">How sure that is; rules of thumb, not a measurement.</param>
/// <param name="Participants">How many took part, at least.</param>
/// <param name="Denomination">What each of them got, in base units; null where there are several such values.</param>
/// <param name="Reason">What was seen.</param>
internal sealed record CoinJoinShape(string Shape, decimal Confidence, int Participants, Amount? Denomination, string Reason)
{
    private const int FewestInWasabi1 = 10;
    private const int FewestInWasabi2 = 20;
    private const int MostInputsEach = 5;

    // Whirlpool's pools with the fee of each; a premix output is a little larger than the denomination, for the mix's own fee.
    private static readonly (BigInteger Denomination, BigInteger Fee)[] Pools =
        [(100_000, 5_000), (1_000_000, 50_000), (2_500_000, 125_000), (5_000_000, 175_000), (50_000_000, 1_750_000)];

    // Wasabi 2 pays out powers of 2 and 3, their doubles, and 1, 2 and 5 times powers of 10.
    private static readonly HashSet<BigInteger> Standard =
        [.. Powers(2, 1), .. Powers(3, 1), .. Powers(3, 2), .. Powers(10, 1), .. Powers(10, 2), .. Powers(10, 5)];

    /// <summary>The shape of a transaction; null where it looks like one person's.</summary>
    public static CoinJoinShape? Of(IReadOnlyList<Party> inputs, IReadOnlyList<Party> outputs)
    {
        var spent = inputs.Select(input => input.Value.Value).ToList();
        var paid = outputs.Select(output => output.Value.Value).Where(value => value.Sign > 0).ToList();
        if (spent.Count == 0 || paid.Count == 0) return null;

        var equal = paid.GroupBy(value => value).Select(group => (Value: group.Key, Count: group.Count()))
            .OrderByDescending(group => group.Count).ThenByDescending(group => group.Value).First();
        return Whirlpool(spent, paid) ?? Tx0(spent, paid, outputs) ?? Wasabi1(spent, paid, equal) ?? Wasabi2(spent, paid)
            ?? Equal(inputs, spent, paid, equal);
    }

    /// <summary>The same, seen to spend what such a transaction paid out, or to pay one that is such.</summary>
    public CoinJoinShape WithLineage(string from) =>
        this with { Confidence = 1 - ((1 - Confidence) / 2), Reason = $"{Reason}; it spends coins of {from}" };

    // Five to ten put in a pool's denomination, some of them with the mix's fee, and each gets the denomination.
    private static CoinJoinShape? Whirlpool(List<BigInteger> spent, List<BigInteger> paid)
    {
        if (spent.Count != paid.Count || spent.Count is < 5 or > 10 || paid.Any(value => value != paid[0])) return null;
        return spent.TrueForAll(value => value >= paid[0] && value * 10 <= paid[0] * 13)
            ? Array.Exists(Pools, pool => pool.Denomination == paid[0])
                ? new("whirlpool", 0.98m, paid.Count, new(paid[0]), $"{spent.Count} inputs and as many outputs of a pool's denomination")
                : new("equalOutputs", 0.7m, paid.Count, new(paid[0]), $"{spent.Count} inputs and as many outputs, all of one value")
            : null;
    }

    // One person's preparation of coins for a pool: premix outputs of one value, the pool's fee (coupons make it less), change, a marker.
    private static CoinJoinShape? Tx0(List<BigInteger> spent, List<BigInteger> paid, IReadOnlyList<Party> outputs)
    {
        if (outputs.Count(output => output.Value.IsZero) != 1 || paid.Count < 2) return null;
        foreach (var (value, count) in paid.GroupBy(value => value).Select(group => (group.Key, group.Count())))
        {
            foreach (var (denomination, fee) in Pools)
            {
                if (value <= denomination || value * 10 > denomination * 13) continue;
                var rest = paid.Where(other => other != value).ToList();
                if (rest.Count <= 2 && rest.Exists(other => other * 4 >= fee && other * 5 <= fee * 11))
                {
                    return new("whirlpoolTx0", count > 1 ? 0.95m : 0.8m, 1, new(value),
                        $"{count} outputs a little above a pool's denomination, one of the pool's fee and one of nothing, from {spent.Count} inputs");
                }
            }
        }

        return null;
    }

    // Many outputs of about 0.1 BTC, in the beginning 0.05, never a round number of them, beside change.
    private static CoinJoinShape? Wasabi1(List<BigInteger> spent, List<BigInteger> paid, (BigInteger Value, int Count) equal)
    {
        var isDenomination = equal.Value >= 4_000_000 && equal.Value <= 13_000_000 && !(equal.Value % 1_000_000).IsZero;
        return equal.Count >= FewestInWasabi1 && isDenomination && spent.Count * 10 >= equal.Count * 8 && paid.Count >= equal.Count + 2
            ? new("wasabi1", equal.Count >= 2 * FewestInWasabi1 ? 0.97m : 0.85m, equal.Count, new(equal.Value),
                $"{equal.Count} outputs of one value near the denomination, beside {paid.Count - equal.Count} others")
            : null;
    }

    private static CoinJoinShape? Wasabi2(List<BigInteger> spent, List<BigInteger> paid)
    {
        if (spent.Count < FewestInWasabi2 || paid.Count < FewestInWasabi2) return null;
        var standard = paid.Where(Standard.Contains).ToList();
        return standard.Count * 2 >= paid.Count
            ? new("wasabi2", standard.Distinct().Count() >= 5 ? 0.97m : 0.6m, standard.GroupBy(value => value).Max(group => group.Count()), null,
                $"{spent.Count} inputs, and {standard.Count} of {paid.Count} outputs of standard denominations")
            : null;
    }

    // Each puts in at least the value that all get, and who gets no change puts in just that. Makers get change, the taker may not.
    private static CoinJoinShape? Equal(
        IReadOnlyList<Party> inputs, List<BigInteger> spent, List<BigInteger> paid, (BigInteger Value, int Count) equal)
    {
        var (count, others) = (equal.Count, paid.Count - equal.Count);
        if (count < 2 || equal.Value <= 1_000 || spent.Count < count || spent.Count > MostInputsEach * count) return null;
        var spenders = inputs.Where(input => input.Address is not null).Select(input => input.Address).Distinct().Count()
            + inputs.Count(input => input.Address is null);
        var exact = spent.Count(value => value >= equal.Value && value * 100 <= equal.Value * 106);
        if (spenders < count || exact < count - others || others > count + 1 || others * 2 < count) return null;
        var seen = $"{count} outputs of one value and {others} others from {spent.Count} inputs of {spenders} addresses";
        if (count == 2) return others >= 1 ? new("equalOutputs", 0.3m, 2, new(equal.Value), seen) : null;
        return others >= count - 1
            ? new("joinMarket", count >= 5 ? 0.8m : 0.6m, count, new(equal.Value), seen)
            : new("equalOutputs", 0.5m, count, new(equal.Value), seen);
    }

    private static IEnumerable<BigInteger> Powers(int of, int times)
    {
        for (BigInteger value = times; value < 2_100_000_000_000_000; value *= of)
        {
            if (value >= 4_096) yield return value;
        }
    }
}
