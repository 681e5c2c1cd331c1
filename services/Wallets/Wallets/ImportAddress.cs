using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>An address joins a wallet and is synced from then on; importing it again answers with the one that is there.</summary>
internal static class ImportAddress
{
    public sealed record Request(
        [property: Description("The network's slug, of those that /api/v1/networks lists.")] string Network,
        [property: Description("A single address in any spelling of that network.")] string Address,
        [property: Description("What to call it, 1 to 100 characters.")] string? Label = null);

    public sealed record Command(Guid AddressId, ChainAddress Place, string? Label, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        if (wallet.At(command.Place) is not null) return [];
        if (wallet.Addresses.Count >= Wallet.MaxAddresses)
            throw new DomainException("too-many", $"A wallet holds at most {Wallet.MaxAddresses:N0} addresses; use another wallet.");
        return
        [
            new WalletEvent.AddressImported(
                wallet.Id, command.AddressId, command.Place.Network, command.Place.Text, command.Label, command.At),
        ];
    }

    /// <summary>The canonical address, or what is wrong with it.</summary>
    /// <exception cref="DomainException"><c>unknown-network</c> or <c>invalid-address</c>.</exception>
    public static ChainAddress Parse(NetworkCatalogue networks, string network, string address)
    {
        if (networks.Find(network) is not { } known)
        {
            throw new DomainException("unknown-network",
                $"There is no such network here; known are {string.Join(", ", networks.All.Select(each => each.Slug))}.", "/network");
        }

        return networks.Parse(known, address) switch
        {
            Address valid => new(known.Slug, valid.Text),
            AddressError when ExtendedKey.IsLike(address) => throw ExtendedKey.Refusal(),
            AddressError error => throw new DomainException("invalid-address", error.Detail, [new("/address", error.Code, error.Detail)]),
            var other => throw new NotSupportedException(other.GetType().Name),
        };
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/wallets/{walletId:guid}/addresses", async Task<Results<Created<AddressView>, Ok<AddressView>>> (
                Guid walletId, Request request, Caller caller, NetworkCatalogue networks, WalletDecisions decisions, Answers answers,
                TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(
                    Guid.CreateVersion7(), Parse(networks, request.Network, request.Address), Label.ParseOptional(request.Label), time.Now());
                var (wallet, events) = await decisions.DecideAsync(
                    caller, walletId, wallet => Decide(wallet, command), ct,
                    (work, after) => answers.KeepAsync(work, Imported(after), walletId, ct));
                return events.Count == 0 ? TypedResults.Ok(View(wallet)) : Imported(wallet);

                AddressView View(Wallet state) => AddressView.Of(state, state.At(command.Place)!);

                Created<AddressView> Imported(Wallet state) =>
                    TypedResults.Created($"/api/v1/wallets/{walletId}/addresses/{View(state).Id}", View(state));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Imports an address into a wallet: 201 when it is new there, 200 with the existing one when it is not.")
            .WithExample(new Request("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Genesis"))
            .WithProblems("wallet-not-found", "unknown-network", "invalid-address", "too-many", "conflict");
}
