using Chains;

namespace Sync.Chains;

/// <summary>
/// A network's providers in order: the first that answers is taken; where none does, the soonest next try is told. One that
/// stands in for another must have reached the tip that was told, or its answers would belong to an older chain.
/// </summary>
internal sealed class Failover(IReadOnlyList<IChainAdapter> providers) : IChainAdapter
{
    private volatile Told? told;

    public Network Network => providers[0].Network;

    public string Provider => string.Join(", ", providers.Select(provider => provider.Provider));

    public Task<ChainTip> TipAsync(CancellationToken ct) => FirstAsync(async provider =>
    {
        var tip = await provider.TipAsync(ct);
        told = new Told(provider, tip.Height);
        return tip;
    });

    public Task<string?> BlockHashAsync(long height, CancellationToken ct) => FirstAsync(provider => provider.BlockHashAsync(height, ct));

    public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => FirstAsync(async provider =>
    {
        await RefuseLaggingAsync(provider, ct);
        return await provider.SummaryAsync(address, ct);
    });

    public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => FirstAsync(async provider =>
    {
        await RefuseLaggingAsync(provider, ct);
        return await provider.PageAsync(address, after, ct);
    });

    private async Task RefuseLaggingAsync(IChainAdapter provider, CancellationToken ct)
    {
        if (told is not { } last || last.By == provider) return;
        var tip = await provider.TipAsync(ct);
        if (tip.Height < last.Height)
            throw new ProviderException(ProviderFailure.Unavailable, provider.Provider, $"lags: its tip {tip.Height} is below {last.Height}, which {last.By.Provider} told");
    }

    private async Task<T> FirstAsync<T>(Func<IChainAdapter, Task<T>> ask)
    {
        ProviderException? soonest = null;
        foreach (var provider in providers)
        {
            try
            {
                return await ask(provider);
            }
            catch (ProviderException e)
            {
                if (soonest is null || (e.RetryAfter ?? TimeSpan.MaxValue) < (soonest.RetryAfter ?? TimeSpan.MaxValue)) soonest = e;
            }
        }

        throw soonest!;
    }

    private sealed record Told(IChainAdapter By, long Height);
}
