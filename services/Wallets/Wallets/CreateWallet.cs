using Messaging;
using System.ComponentModel;
using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A user makes an empty wallet; labels need not be unique.</summary>
internal static class CreateWallet
{
    public sealed record Request([property: Description("What to call it, 1 to 100 characters; need not be unique.")] string Label);

    public sealed record Command(Guid WalletId, Guid OwnerId, string Label, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command) => wallet.Status is WalletStatus.Missing
        ? [new WalletEvent.WalletCreated(command.WalletId, command.OwnerId, command.Label, command.At)]
        : [];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/wallets", async Task<Created<WalletView>> (
                Request request, Caller caller, EventStore store, Answers answers, TimeProvider time, CancellationToken ct) =>
            {
                if (caller.Wallets is not null) throw new DomainException("forbidden", "A key for certain wallets makes no others.");

                var command = new Command(Guid.CreateVersion7(), caller.UserId, Label.Parse(request.Label), time.Now());
                var answer = TypedResults.Created($"/api/v1/wallets/{command.WalletId}",
                    new WalletView(command.WalletId, command.Label, 0, command.At, []));
                await using var work = await store.BeginAsync(ct);
                await work.RecordAsync(Wallet.Category, command.WalletId, Decide(Wallet.Initial, command), 0, Actor.Of(caller), ct);
                await answers.CommitAsync(work, answer, command.WalletId, ct);
                return answer;
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Makes an empty wallet.")
            .WithExample(new Request("Savings"));
}
