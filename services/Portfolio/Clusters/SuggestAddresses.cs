using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>Addresses that a wallet probably lacks: told, never added.</summary>
internal sealed class SuggestAddresses(ObservedReader observed, WalletAccess access, NetworkCatalogue networks)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/suggested-addresses", async Task<Ok<Page<SuggestedAddressView>>> (
                Guid id, Caller caller, [AsParameters] PageRequest page, SuggestAddresses suggest, CancellationToken ct) =>
                TypedResults.Ok(await suggest.ReadAsync(caller, id, page, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid")
            .WithName("SuggestAddresses")
            .WithTags("Clusters")
            .WithSummary("Lists addresses that are probably of a wallet's owner and that it lacks, with the evidence")
            .WithDescription("The other addresses of the clusters that the wallet's addresses are in, by network and address. Nothing is added by " +
                "itself: whoever knows an address to be theirs adds it.");

    public async Task<Page<SuggestedAddressView>> ReadAsync(Caller caller, Guid wallet, PageRequest request, CancellationToken ct)
    {
        var place = request.In("suggested-addresses", wallet.ToString(), GetCluster.Scope(caller));
        await access.RequireAsync(caller, wallet, ct);
        var found = new SortedDictionary<string, Func<SuggestedAddressView>>(StringComparer.Ordinal);
        foreach (var network in networks.All.Where(network => network.Family is ChainFamily.Utxo))
        {
            var tracked = await observed.TrackedAsync(caller, network.Slug, ct);
            var own = tracked.Where(same => same.Any(one => one.WalletId == wallet)).Select(same => same.Key).ToHashSet();
            if (own.Count == 0) continue;

            var clusters = await observed.ReadAsync(caller, network.Slug, ct);
            var seen = new HashSet<string>();
            foreach (var address in own.Order(StringComparer.Ordinal).Where(address => !seen.Contains(address)))
            {
                var members = clusters.MembersOf(address);
                seen.UnionWith(members);
                if (members.All(own.Contains)) continue;
                var steps = clusters.StepsFrom(address);
                foreach (var member in members.Where(member => !own.Contains(member)))
                {
                    found.Add($"{network.Slug} {member}", () =>
                    {
                        var chain = GetCluster.Chain(steps, address, member);
                        return new(network.Slug, member, [.. tracked[member].Select(one => one.WalletId)], GetCluster.Confidence(chain.Count),
                            [.. chain.Select(GetCluster.View)]);
                    });
                }
            }
        }

        var page = place.PageOf(GetCluster.Ordered(found.Keys, place), key => [key]);
        return new([.. page.Data.Select(key => found[key]())], page.HasMore, page.Next, page.Prev);
    }
}
