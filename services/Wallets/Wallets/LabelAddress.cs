using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>An address gets another label or none, other tags, or both at once.</summary>
internal static class LabelAddress
{
    /// <summary>A null takes the label away; leaving it out leaves it as it is, which is no wish unless there are tags.</summary>
    public sealed record Request
    {
        [Description("What to call it, 1 to 100 characters; null takes the label away. Stays where it is left out.")]
        public string? Label { get; init => (field, HasLabel) = (value, true); }

        [Description(Wallets.Tags.Text)]
        public IReadOnlyList<string>? Tags { get; init; }

        [JsonIgnore]
        public bool HasLabel { get; private init; }
    }

    public sealed record Command(Guid AddressId, string? Label, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return wallet.RequireAddress(command.AddressId).Label == command.Label
            ? []
            : [new WalletEvent.AddressLabelled(wallet.Id, command.AddressId, command.Label, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPatch("/wallets/{walletId:guid}/addresses/{addressId:guid}", async Task<Ok<AddressView>> (
                Guid walletId, Guid addressId, Request request, IfMatch ifMatch, Caller caller, WalletDecisions decisions,
                TimeProvider time, CancellationToken ct) =>
            {
                if (request is { HasLabel: false, Tags: null }) throw Label.Wrong("/label", "required", "Say 'label' or 'tags', or both.");
                var now = time.Now();
                var label = request.HasLabel ? new Command(addressId, Label.ParseOptional(request.Label), now) : null;
                var tag = Tags.ParseOptional(request.Tags) is { } tags ? new TagAddress.Command(addressId, tags, now) : null;
                var decided = await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    ifMatch.Require(() => AddressView.Of(wallet, wallet.RequireAddress(addressId)));
                    return [.. label is null ? [] : Decide(wallet, label), .. tag is null ? [] : TagAddress.Decide(wallet, tag)];
                }, ct);
                return TypedResults.Ok(AddressView.Of(decided.Wallet, decided.Wallet.RequireAddress(addressId)));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Changes the label of an address (null takes it away) or its tags; what is left out stays.")
            .WithExample(new Request { Label = "Cold storage", Tags = ["cold"] })
            .WithProblems("wallet-not-found", "address-not-found", "conflict");
}
