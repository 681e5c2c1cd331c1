using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>The networks whose addresses can be imported.</summary>
internal static class ListNetworks
{
    public sealed record NetworkView(
        string Network, string Name, string Family, string Caip2, AssetView Asset, int ConfirmationsRequired, double BlockSeconds);

    public sealed record AssetView(string Caip19, string Symbol, int Decimals);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/networks", Ok<Page<NetworkView>> () => TypedResults.Ok(new Page<NetworkView>([.. Networks.All.Select(View)], false)))
            .WithSummary("Lists the networks whose addresses can be imported.");

    private static NetworkView View(Network network) => new(
        network.Slug, network.Name, network.Family.ToString().ToLowerInvariant(), network.Caip2,
        new(network.Native.Caip19, network.Native.Symbol, network.Native.Decimals),
        network.ConfirmationsRequired, network.BlockTime.TotalSeconds);
}
