using Sync.Chains;

namespace Sync.Walks;

/// <summary>What walks are made of.</summary>
internal static class WalksModule
{
    public static IServiceCollection AddWalks(this IServiceCollection services) => services
        .AddSingleton<WalkStore>()
        .AddSingleton<IPastAccounts, PastAccounts>()
        .AddSingleton<SummariesAhead>()
        .AddSingleton<RoundBeginning>()
        .AddSingleton<PageReader>()
        .AddSingleton<Placing>()
        .AddSingleton<RoundClosing>()
        .AddSingleton<SliceRunner>()
        .AddSingleton<TipWatch>();
}
