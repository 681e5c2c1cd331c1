using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A wallet gets another label, other tags, or both at once.</summary>
internal static class RenameWallet
{
    public sealed record Request(
        [property: Description("What to call it, 1 to 100 characters; need not be unique. Stays where it is left out.")] string? Label = null,
        [property: Description(Wallets.Tags.Text)] IReadOnlyList<string>? Tags = null);

    public sealed record Command(string Label, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return wallet.Label == command.Label ? [] : [new WalletEvent.WalletRenamed(wallet.Id, command.Label, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPatch("/wallets/{walletId:guid}", async Task<Ok<WalletView>> (
                Guid walletId, Request request, IfMatch ifMatch, Caller caller, WalletDecisions decisions, TimeProvider time, CancellationToken ct) =>
            {
                if (request is { Label: null, Tags: null }) throw Label.Wrong("/label", "required", "Say 'label' or 'tags', or both.");
                var now = time.Now();
                var rename = Label.ParseOptional(request.Label) is { } label ? new Command(label, now) : null;
                var tag = Tags.ParseOptional(request.Tags) is { } tags ? new TagWallet.Command(tags, now) : null;
                var decided = await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    ifMatch.Require(() => WalletView.Of(wallet));
                    return [.. rename is null ? [] : Decide(wallet, rename), .. tag is null ? [] : TagWallet.Decide(wallet, tag)];
                }, ct);
                return TypedResults.Ok(WalletView.Of(decided.Wallet));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Changes a wallet's label or its tags; what is left out stays.")
            .WithExample(new Request("Rainy days", ["cold", "family"]))
            .WithProblems("wallet-not-found", "conflict");
}
