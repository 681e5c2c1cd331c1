using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>The wallet is gone for its owner at once; the <see cref="Eraser"/> sees to it that nothing of it is left anywhere.</summary>
internal static class DeleteWallet
{
    public sealed record Command(DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return [new WalletEvent.WalletDeleted(wallet.Id, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/wallets/{walletId:guid}", async Task<NoContent> (
                Guid walletId, IfMatch ifMatch, Caller caller, WalletDecisions decisions, TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(time.Now());
                await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    ifMatch.Require(() => WalletView.Of(wallet));
                    return Decide(wallet, command);
                }, ct, async (work, _) =>
                {
                    await using var erasure = new NpgsqlCommand(
                        "insert into erasures (wallet_id, since, next_try, reason) values ($1, $2, $2, 'not asked yet')", work.Connection);
                    erasure.Parameters.Add(new() { Value = walletId });
                    erasure.Parameters.Add(new() { Value = command.At });
                    await erasure.ExecuteNonQueryAsync(ct);
                    // Gone for its owner means also from what a repeated request is answered.
                    await IdempotencyKeys.ForgetAsync(work.Connection, walletId, ct);
                    await ImportRows.ForgetAsync(work.Connection, walletId, ct);
                    await SourceRows.ForgetAsync(work.Connection, walletId, ct);
                });
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Deletes a wallet and everything known about it.")
            .WithProblems("wallet-not-found", "conflict");
}
