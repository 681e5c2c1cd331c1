using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// The owner wants the present sync to end. What is unfinished stays as it is until a sync is asked for again; whether
/// anything runs is for the sync service to know, so asking twice, or when nothing runs, changes nothing.
/// </summary>
internal static class CancelSync
{
    public sealed record Command(DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return [new WalletEvent.SyncCancelRequested(wallet.Id, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/wallets/{walletId:guid}/sync", async Task<NoContent> (
                Guid walletId, Caller caller, WalletDecisions decisions, TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(time.Now());
                await decisions.DecideAsync(caller, walletId, wallet => Decide(wallet, command), ct);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Cancels the sync that is running; unfinished addresses are paused until a sync is asked for again.")
            .WithProblems("wallet-not-found", "conflict");
}
