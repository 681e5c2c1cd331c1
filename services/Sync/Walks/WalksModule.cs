using Sync.Chains;
using Sync.Chains.Utxo;
using Sync.Networks;
using Sync.Walks.Rounds;



namespace Sync.Walks;

/// <summary>What walks are made of.</summary>
internal static class WalksModule
{
    public static IServiceCollection AddWalks(this IServiceCollection services, WakeWaiting wakeWaiting) => services
        .AddSingleton(wakeWaiting)
        .AddSingleton<WalkStore>()
        .AddSingleton<IPastAccounts, PastAccounts>()
        .AddSingleton<INodeScans, NodeScans>()
        .AddSingleton<SummaryPrefetch>()
        .AddSingleton<RoundBeginning>()
        .AddSingleton<PageReader>()
        .AddSingleton<BlockHashBackfill>()
        .AddSingleton<GapFilling>()
        .AddSingleton<MempoolReading>()
        .AddSingleton<Retracting>()
        .AddSingleton<RoundClosing>()
        .AddSingleton<ProviderSwitch>()
        .AddSingleton<SliceRunner>()
        .AddSingleton<TipMonitor>();
}
