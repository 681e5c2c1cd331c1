using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A wallet gets another label.</summary>
internal static class RenameWallet
{
    public sealed record Request([property: Description("What to call it, 1 to 100 characters; need not be unique.")] string Label);

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
                var command = new Command(Label.Parse(request.Label), time.Now());
                var decided = await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    ifMatch.Require(() => WalletView.Of(wallet));
                    return Decide(wallet, command);
                }, ct);
                return TypedResults.Ok(WalletView.Of(decided.Wallet));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Changes a wallet's label.")
            .WithExample(new Request("Rainy days"))
            .WithProblems("wallet-not-found", "conflict");
}
