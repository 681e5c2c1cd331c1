using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A source leaves a wallet with all addresses that were derived from it; those that were imported singly stay.</summary>
internal static class RemoveSource
{
    public sealed record Command(Guid SourceId, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        var source = wallet.RequireSource(command.SourceId);
        return
        [
            .. wallet.Addresses.Values.Where(address => address.Source?.Id == source.Id && !address.IsSingle)
                .OrderBy(address => (address.Source!.Branch, address.Source.Index))
                .Select(address => new WalletEvent.AddressRemoved(wallet.Id, address.Id, command.At)),
            new WalletEvent.SourceRemoved(wallet.Id, source.Id, command.At),
        ];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/wallets/{walletId:guid}/sources/{sourceId:guid}", async Task<NoContent> (
                Guid walletId, Guid sourceId, Caller caller, WalletDecisions decisions, TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(sourceId, time.Now());
                var wasFull = false;
                await decisions.DecideAsync(caller, walletId, wallet =>
                {
                    wasFull = wallet.IsFull;
                    return Decide(wallet, command);
                }, ct, (work, _) => wasFull ? SourceRows.MarkAllAsync(work, walletId, ct) : Task.CompletedTask);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Removes a source with the addresses derived from it; those that were imported singly stay.")
            .WithProblems("wallet-not-found", "source-not-found", "conflict");
}
