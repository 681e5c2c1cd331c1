using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>An address leaves a wallet; imported again it is another one with a history of its own.</summary>
internal static class RemoveAddress
{
    public sealed record Command(Guid AddressId, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return [new WalletEvent.AddressRemoved(wallet.Id, wallet.RequireAddress(command.AddressId).Id, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/wallets/{walletId:guid}/addresses/{addressId:guid}", async Task<NoContent> (
                Guid walletId, Guid addressId, IfMatch ifMatch, Caller caller, WalletDecisions decisions, TimeProvider time,
                CancellationToken ct) =>
            {
                var command = new Command(addressId, time.Now());
                var wasFull = false;
                await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    wasFull = wallet.IsFull;
                    ifMatch.Require(() => AddressView.Of(wallet, wallet.RequireAddress(addressId)));
                    return Decide(wallet, command);
                }, ct, (work, _) => wasFull ? SourceRows.MarkAllAsync(work, walletId, ct) : Task.CompletedTask);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Removes an address from a wallet.")
            .WithProblems("wallet-not-found", "address-not-found", "conflict");
}
