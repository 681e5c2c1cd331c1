using Messaging;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Wallets;

/// <summary>An address joins a wallet and is synced from then on; importing it again answers with the one that is there.</summary>
internal static class ImportAddress
{
    public sealed record Request(
        [property: Description("The network's slug or CAIP-2 id, of those that /api/v1/networks lists. May be left out where the " +
            "address is one of a single network, or says which.")]
        string? Network,
        [property: Description("A single address in any spelling of its network, alone, in a payment URI (BIP21, EIP-681, Solana Pay; " +
            "only the address counts), or as CAIP-10. Never a seed phrase or a private key.")]
        [property: JsonConverter(typeof(PastedText))] string Address,
        [property: Description("What to call it, 1 to 100 characters.")] string? Label = null);

    private const string LabelKept = "The address is in the wallet already and keeps its label; PATCH it to change that.";

    public sealed record Command(Guid AddressId, ChainAddress Place, string? Label, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        if (wallet.At(command.Place) is not null) return [];
        if (wallet.IsFull)
            throw new DomainException("too-many", $"A wallet holds at most {Wallet.MaxAddresses:N0} addresses; use another wallet.");
        return
        [
            new WalletEvent.AddressImported(
                wallet.Id, command.AddressId, command.Place.Network, command.Place.Text, command.Label, command.At),
        ];
    }

    /// <summary>The canonical address, or what is wrong with it.</summary>
    /// <exception cref="DomainException">
    /// <c>secret-pasted</c> before anything else, <c>unknown-network</c>, <c>invalid-address</c>, or <c>ambiguous-network</c>: it could be
    /// of several, and none is named.
    /// </exception>
    public static ChainAddress Parse(NetworkCatalogue networks, string? network, string address)
    {
        var pasted = PastedAddress.Read(networks, address);
        var admitted = networks.All.Where(pasted.Admits).ToList();
        var fitting = pasted.IsCall ? [] : admitted.Select(each => Addresses.Parse(each, pasted.Text)).OfType<Address>().ToList();
        if (fitting.Count == 0 && PastedSecret.KindOf(address) is { } secret) throw NoAddress.Secret(secret);

        var asked = network is null ? null : networks.Require(network, "/network");
        if (asked is null && pasted.Caip2 is { } id) networks.Require(id, "/address");
        if (asked is not null && !admitted.Contains(asked))
        {
            var said = admitted is [] ? "a network that is not known here" : string.Join(" or ", admitted.Select(each => each.Slug));
            throw NoAddress.Refusal(AddressErrors.Network, $"This is written as an address of {said}, not of {asked.Slug}.");
        }

        var valid = asked is null ? OnlyOne(fitting, pasted) : fitting.Find(each => each.Network.Slug == asked.Slug);
        if (valid is not null) return new(valid.Network.Slug, valid.Text);

        if (NoAddress.Named(pasted) is { } named) throw named;
        // The network that was asked for, or the only one that is possible, says best what is wrong.
        if ((asked ?? (admitted is [var one] ? one : null)) is { } meant && networks.Parse(meant, pasted.Text) is AddressError error)
            throw NoAddress.Refusal(error.Code, error.Detail);
        throw NoAddress.Refusal(AddressErrors.Unknown, "This is no address of any network that is known here; name the network to "
            + "hear what is wrong.");
    }

    // A URI whose scheme is a network's name means that network, unless the address is one of its test network only.
    private static Address? OnlyOne(List<Address> fitting, PastedAddress pasted)
    {
        if (fitting.Count < 2) return fitting.FirstOrDefault();
        if (fitting.Find(each => each.Network.Slug == pasted.Slug) is { } meant) return meant;
        var detail = $"This address could be one of {string.Join(", ", fitting.Select(each => each.Network.Slug))}; say which as 'network'.";
        throw new DomainException("ambiguous-network", detail, [new("/network", "ambiguous", detail)]);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/wallets/{walletId:guid}/addresses", async Task<Results<Created<AddressView>, Ok<AddressView>>> (
                Guid walletId, Request request, Caller caller, NetworkCatalogue networks, WalletDecisions decisions, Answers answers,
                TimeProvider time, HttpResponse response, IOptions<JsonOptions> json, CancellationToken ct) =>
            {
                var command = new Command(
                    Guid.CreateVersion7(), Parse(networks, request.Network, request.Address), Label.ParseOptional(request.Label), time.Now());
                var (wallet, events) = await decisions.DecideAsync(
                    caller, walletId, wallet => Decide(wallet, command), ct,
                    (work, after) => answers.KeepAsync(work, Imported(after), walletId, ct));
                return events.Count == 0 ? Known(wallet) : Imported(wallet);

                AddressView View(Wallet state) => AddressView.Of(state, state.At(command.Place)!);

                Ok<AddressView> Known(Wallet state)
                {
                    var view = View(state);
                    // The tag is the resource's; that a label was not taken is said beside it.
                    response.Headers.ETag = EntityTag.Of(JsonSerializer.SerializeToUtf8Bytes(view, json.Value.SerializerOptions));
                    return TypedResults.Ok(command.Label is null || command.Label == view.Label ? view : view with { Note = LabelKept });
                }

                Created<AddressView> Imported(Wallet state) =>
                    TypedResults.Created($"/api/v1/wallets/{walletId}/addresses/{View(state).Id}", View(state));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Imports an address into a wallet: 201 when it is new there, 200 with the existing one when it is not.")
            .WithDescription("An address that could be of several networks is refused with their names. A seed phrase or a private " +
                "key is refused, and neither logged nor kept.")
            .WithExample(new Request("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Genesis"))
            .WithProblems("wallet-not-found", "unknown-network", "ambiguous-network", "invalid-address", "secret-pasted", "too-many", "conflict");
}
