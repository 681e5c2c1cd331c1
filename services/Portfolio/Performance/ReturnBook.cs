using System.Numerics;
using Chains;
using Fractions;
using Portfolio.Prices;

namespace Portfolio.Performance;

/// <summary>Days in a row on which something was held or moved of an asset that has no price.</summary>
internal sealed record PriceGap(string Network, string Asset, DateOnly From, DateOnly To);

/// <summary>
/// The days of a range as returns are counted from: holdings at the ends of days, flows from outside and costs within, by day's prices. A day
/// with something unpriced is told as a gap, and what it makes of the days is not to be used.
/// </summary>
internal sealed class ReturnBook(NetworkCatalogue networks, AssetNames names, DayPrices prices, bool swapsAreFlows = false)
{
    private readonly Dictionary<(string Network, string Asset), SortedDictionary<DateOnly, Flow>> flows = [];

    public void Apply(LedgerTransaction transaction)
    {
        var shares = OwnShare.Of(transaction, networks.Find(transaction.Network)?.Native.Caip19 ?? "");
        // A swap of which one side has no price would look like a loss or a gain of all.
        var isSwap = !swapsAreFlows && shares.Any(share => share.Came.Count > 0) && shares.Any(share => share.Went.Count > 0)
            && shares.All(share => share.Came.Count + share.Went.Count == 0 || prices.Of(share.Asset, transaction.Day) is not null);
        foreach (var share in shares)
        {
            var (came, went) = (Sum(share.Came), Sum(share.Went));
            var fees = Sum(share.Fees) + share.Moves.Aggregate(BigInteger.Zero, (sum, move) => sum + move.Fee);
            Add(transaction.Network, share.Asset, transaction.Day, isSwap ? new(0, 0, fees + went - came) : new(came, went, fees));
        }
    }

    /// <summary>The days from one to another of some assets, given what was held of each before the first.</summary>
    public (IReadOnlyList<ReturnDay> Days, IReadOnlyList<PriceGap> Gaps) Days(IReadOnlyList<HeldAsset> assets, DateOnly from, DateOnly to)
    {
        var days = new ReturnDay[to.DayNumber - from.DayNumber + 1];
        for (var i = 0; i < days.Length; i++)
            days[i] = new(from.AddDays(i), Fraction.Zero, Fraction.Zero, Fraction.Zero, Fraction.Zero, Fraction.Zero);

        var gaps = new List<PriceGap>();
        foreach (var asset in assets)
        {
            var coin = BigInteger.Pow(10, names.Of(asset.Network, asset.Asset).Decimals);
            var own = flows.GetValueOrDefault((asset.Network, asset.Asset));
            var (held, unpriced) = (asset.Opening, new List<DateOnly>());
            for (var i = 0; i < days.Length; i++)
            {
                var day = from.AddDays(i);
                var flow = own?.GetValueOrDefault(day);
                if (held.IsZero && flow is null) continue;

                var (before, price) = (held.IsZero ? Fraction.Zero : PriceOn(day.AddDays(-1)), PriceOn(day));
                if (before is not { } last || price is not { } now)
                {
                    unpriced.Add(day);
                }
                else
                {
                    days[i] += new ReturnDay(
                        day, Coins(held) * last, Coins(held) * now, Coins(flow?.In) * now, Coins(flow?.Out) * now, Coins(flow?.Costs) * now);
                }

                if (flow is not null) held += flow.In - flow.Out - flow.Costs;
            }

            gaps.AddRange(InRows(asset, unpriced));

            Fraction? PriceOn(DateOnly day) => prices.Of(asset.Asset, day)?.Value;

            Fraction Coins(BigInteger? amount) => new(amount ?? 0, coin);
        }

        return (days, gaps);
    }

    private static IEnumerable<PriceGap> InRows(HeldAsset asset, List<DateOnly> days)
    {
        for (var i = 0; i < days.Count;)
        {
            var last = i;
            while (last + 1 < days.Count && days[last + 1] == days[last].AddDays(1)) last++;
            yield return new(asset.Network, asset.Asset, days[i], days[last]);
            i = last + 1;
        }
    }

    private void Add(string network, string asset, DateOnly day, Flow flow)
    {
        if (!flows.TryGetValue((network, asset), out var days)) flows[(network, asset)] = days = [];
        days[day] = days.TryGetValue(day, out var same) ? new(same.In + flow.In, same.Out + flow.Out, same.Costs + flow.Costs) : flow;
    }

    private static BigInteger Sum(IReadOnlyList<Leg> legs) => legs.Aggregate(BigInteger.Zero, (sum, leg) => sum + leg.Amount);

    private sealed record Flow(BigInteger In, BigInteger Out, BigInteger Costs);
}
