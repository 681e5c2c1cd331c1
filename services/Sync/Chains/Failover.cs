using Chains;

namespace Sync.Chains;

/// <summary>A network's providers in order: the first that answers is taken; where none does, the soonest next try is told.</summary>
internal sealed class Failover(IReadOnlyList<IChainAdapter> providers) : IChainAdapter
{
    public Network Network => providers[0].Network;

    public string Provider => string.Join(", ", providers.Select(provider => provider.Provider));

    public Task<ChainTip> TipAsync(CancellationToken ct) => FirstAsync(provider => provider.TipAsync(ct));

    public Task<string?> BlockHashAsync(long height, CancellationToken ct) => FirstAsync(provider => provider.BlockHashAsync(height, ct));

    public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => FirstAsync(provider => provider.SummaryAsync(address, ct));

    public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => FirstAsync(provider => provider.PageAsync(address, after, ct));

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
}
