using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>An address gets another label, or none.</summary>
internal static class LabelAddress
{
    /// <summary>A null takes the label away; leaving it out is a mistake, not a wish.</summary>
    public sealed record Request([property: JsonRequired,
        Description("What to call it, 1 to 100 characters; null takes the label away.")] string? Label);

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
                var command = new Command(addressId, Label.ParseOptional(request.Label), time.Now());
                var decided = await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    ifMatch.Require(() => AddressView.Of(wallet, wallet.RequireAddress(addressId)));
                    return Decide(wallet, command);
                }, ct);
                return TypedResults.Ok(AddressView.Of(decided.Wallet, decided.Wallet.RequireAddress(addressId)));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Changes the label of an address; null takes it away.")
            .WithExample(new Request("Cold storage"))
            .WithProblems("wallet-not-found", "address-not-found", "conflict");
}
