using Messaging;
using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>The owner wants a sync now. Asking often costs nothing: what runs already is what is asked for.</summary>
internal static class RequestSync
{
    public sealed record Command(DateTimeOffset At);

    public sealed record SyncRequestView(
        [property: Description("The wallet to be synced.")] Guid WalletId,
        [property: Description("When it was asked for.")] DateTimeOffset RequestedAt);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return [new WalletEvent.SyncRequested(wallet.Id, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var name in (ReadOnlySpan<string>)["sync", "fetch"])
        {
            app.MapPost($"/wallets/{{walletId:guid}}/{name}", HandleAsync)
                .RequireScope(Scopes.WalletsWrite)
                .WithSummary("Asks for a sync now; the Location shows its progress.")
                .WithProblems("wallet-not-found", "conflict");
        }
    }

    private static async Task<Accepted<SyncRequestView>> HandleAsync(
        Guid walletId, Caller caller, WalletDecisions decisions, Answers answers, TimeProvider time, CancellationToken ct)
    {
        var command = new Command(time.Now());
        var answer = TypedResults.Accepted($"/api/v1/wallets/{walletId}/sync", new SyncRequestView(walletId, command.At));
        await decisions.DecideAsync(
            caller, walletId, wallet => Decide(wallet, command), ct, (work, _) => answers.KeepAsync(work, answer, walletId, ct));
        return answer;
    }
}
