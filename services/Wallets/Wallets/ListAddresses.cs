using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>A wallet's addresses, in the order of their import; and one of them.</summary>
internal static class ListAddresses
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/wallets/{walletId:guid}/addresses", async Task<Ok<Page<AddressView>>> (
                Guid walletId, [Description("Only the addresses of this network, by its slug or CAIP-2 id.")] string? network,
                [Description("Only addresses with this tag, in whatever case.")] string? tag, Caller caller,
                [AsParameters] PageRequest page, NetworkCatalogue networks, NpgsqlDataSource database, CancellationToken ct) =>
            {
                var slug = network is null ? null : networks.Require(network, "?network").Slug;
                var place = page.In("addresses", walletId.ToString(), slug, tag?.ToLowerInvariant());
                await GetWallet.ReadAsync(database, caller, walletId, ct);
                return TypedResults.Ok(await database.PageAsync(
                    place, AddressView.Select + " where wallet_id = $1 and ($2::varchar is null or network = $2) and " + Tags.Have("$3"),
                    "address_id", [walletId, slug, tag], AddressView.Read, address => address.Id, ct));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists a wallet's addresses.")
            .WithProblems("wallet-not-found", "unknown-network", "limit-out-of-range", "cursor-invalid");

        app.MapGet("/wallets/{walletId:guid}/addresses/{addressId:guid}", async Task<Ok<AddressView>> (
                Guid walletId, Guid addressId, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                await GetWallet.ReadAsync(database, caller, walletId, ct);
                return TypedResults.Ok(
                    await database.FirstAsync(
                        AddressView.Select + " where wallet_id = $1 and address_id = $2", [walletId, addressId], AddressView.Read, ct)
                    ?? throw new DomainException("address-not-found", "The wallet has no such address."));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Shows one address of a wallet.")
            .WithProblems("wallet-not-found", "address-not-found");
    }
}
