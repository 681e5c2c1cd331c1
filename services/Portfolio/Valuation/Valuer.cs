using Portfolio.Assets;
using Portfolio.Balances;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>Values what people hold by the prices of a day, without what is marked as spam.</summary>
internal sealed class Valuer(PriceBook prices, AssetMarks marks, TimeProvider time)
{
    /// <summary>What these assets are worth to their owner at an instant, or at present.</summary>
    public async Task<AssetValues> ReadAsync(
        Guid owner, IReadOnlyList<BalanceTotalView> totals, Currency currency, DateTimeOffset? at, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime((at ?? time.GetUtcNow()).UtcDateTime);
        var marked = await marks.ReadAsync(owner, [.. totals.Select(total => (total.Network, total.Asset))], ct);
        string[] counted = [.. totals.Select(total => total.Asset).Where(asset => !marked.ContainsKey(asset)).Distinct()];
        var known = await prices.ReadAsync(owner, counted, currency, day, day, ct);
        return new(currency, totals.DistinctBy(total => total.Asset).ToDictionary(total => total.Asset, total =>
            new AssetValue(total.Derived.Decimals, known.Of(total.Asset, day), marked.GetValueOrDefault(total.Asset))));
    }
}
