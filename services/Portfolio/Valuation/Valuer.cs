using Portfolio.Assets;
using Portfolio.Balances;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>Values what people hold by the prices of a day, without what is marked as spam.</summary>
internal sealed class Valuer(PriceBook prices, AssetMarks marks, TimeProvider time)
{
    /// <summary>What these assets are worth to their owner at an instant, or at present.</summary>
    public Task<AssetValues> ReadAsync(
        Guid owner, IReadOnlyList<BalanceTotalView> totals, Currency currency, DateTimeOffset? at, CancellationToken ct) =>
        ReadAsync(owner, [.. totals.Select(total => (total.Network, total.Asset, total.Derived.Decimals))], currency, at, ct);

    /// <inheritdoc cref="ReadAsync(Guid, IReadOnlyList{BalanceTotalView}, Currency, DateTimeOffset?, CancellationToken)"/>
    public async Task<AssetValues> ReadAsync(
        Guid owner, IReadOnlyList<(string Network, string Asset, int Decimals)> held, Currency currency, DateTimeOffset? at, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime((at ?? time.GetUtcNow()).UtcDateTime);
        var marked = await marks.ReadAsync(owner, [.. held.Select(one => (one.Network, one.Asset))], ct);
        string[] counted = [.. held.Select(one => one.Asset).Where(asset => !marked.ContainsKey(asset)).Distinct()];
        var known = await prices.ReadAsync(owner, counted, currency, day, day, ct);
        return new(currency, held.DistinctBy(one => one.Asset).ToDictionary(one => one.Asset, one =>
            new AssetValue(one.Decimals, known.Of(one.Asset, day), marked.GetValueOrDefault(one.Asset))));
    }
}
