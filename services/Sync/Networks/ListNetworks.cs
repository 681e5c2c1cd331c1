using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Sync.Providers;

namespace Sync.Networks;

/// <summary>The networks of the catalogue, and who is asked about each.</summary>
internal static class ListNetworks
{
    public sealed record NetworkView(
        [property: Description("The name used wherever a network is named.")] string Network,
        [property: Description("Its name for people.")] string Name,
        [property: Description("How addresses are written and balances come about."), AllowedValues("utxo", "evm", "solana")] string Family,
        [property: Description("The network's CAIP-2 id.")] string Caip2,
        [property: Description("The native asset, in which fees are paid.")] AssetView Asset,
        [property: Description("Confirmations from which a deposit counts as complete.")] int ConfirmationsRequired,
        [property: Description("Blocks below the tip that are still re-read because a reorganisation may replace them.")] int SafeDepth,
        [property: Description("Seconds between two blocks, on average.")] double BlockSeconds,
        [property: Description("Whether its addresses are synced here; those of another network can be imported, and wait.")] bool Synced,
        [property: Description(
            "Who is asked, in this order: where one fails, lags or tells no more, the next goes on.")] IReadOnlyList<ProviderView> Providers);

    public sealed record AssetView(
        [property: Description("The asset's CAIP-19 id.")] string Caip19,
        [property: Description("Its short name, such as BTC.")] string Symbol,
        [property: Description("One whole coin is 10^decimals base units.")] int Decimals);

    public sealed record ProviderView(
        [property: Description("Its name, as in reasons to wait and beside facts.")] string Name,
        [property: Description("The dialect it speaks.")] string Kind,
        [property: Description("What may be asked of it.")] BudgetsView Budgets);

    public sealed record BudgetsView(
        [property: Description("Requests a second from each process; null is no limit.")] int? PerSecond);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/networks", Ok<Page<NetworkView>> (NetworkCatalogue networks, IOptions<ChainsOptions> chains) =>
                TypedResults.Ok(new Page<NetworkView>([.. networks.All.Select(network =>
                    View(network, chains.Value.GetValueOrDefault(network.Slug)))], false)))
            .WithTags("Networks")
            .WithSummary("Lists the networks whose addresses can be imported")
            .WithDescription("All there are, those that ship first. Any valid key may ask.");

    private static NetworkView View(Network network, NetworkOptions? options) => new(
        network.Slug, network.Name, network.Family.ToString().ToLowerInvariant(), network.Caip2,
        new(network.Native.Caip19, network.Native.Symbol, network.Native.Decimals),
        network.ConfirmationsRequired, network.SafeDepth, network.BlockTime.TotalSeconds,
        options is not null, [.. (options?.Providers ?? []).Select(View)]);

    // Never the address: it may hold a provider's key.
    private static ProviderView View(ProviderOptions provider) =>
        new(provider.Name, provider.Kind, new(provider.RequestsPerSecond is 0 ? null : provider.RequestsPerSecond));
}
