using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>The networks whose addresses can be imported.</summary>
internal static class ListNetworks
{
    public sealed record NetworkView(
        [property: Description("The slug by which the API knows the network.")] string Network,
        [property: Description("Its name for people.")] string Name,
        [property: Description("What kind of chain it is: coins locked by scripts, or accounts of one of two kinds."), AllowedValues("utxo", "evm", "solana")]
        string Family,
        [property: Description("The network's CAIP-2 id.")] string Caip2,
        [property: Description("The asset its fees are paid in.")] AssetView Asset,
        [property: Description("Confirmations from which a transaction counts as confirmed.")] int ConfirmationsRequired,
        [property: Description("The average time between two blocks, in seconds.")] double BlockSeconds);

    public sealed record AssetView(
        [property: Description("The asset's CAIP-19 id.")] string Caip19,
        [property: Description("Its short name, such as BTC.")] string Symbol,
        [property: Description("One whole coin is 10^decimals base units.")] int Decimals);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/networks", Ok<Page<NetworkView>> () => TypedResults.Ok(new Page<NetworkView>([.. Networks.All.Select(View)], false)))
            .WithSummary("Lists the networks whose addresses can be imported.")
            .WithDescription("Any key may ask, whatever its scopes.");

    private static NetworkView View(Network network) => new(
        network.Slug, network.Name, network.Family.ToString().ToLowerInvariant(), network.Caip2,
        new(network.Native.Caip19, network.Native.Symbol, network.Native.Decimals),
        network.ConfirmationsRequired, network.BlockTime.TotalSeconds);
}
