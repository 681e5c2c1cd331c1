using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>A user makes a link by which whoever has it sees what their wallets hold, and nothing else.</summary>
internal static class CreateShare
{
    public const string Prefix = "ws_";

    public sealed record Request(
        [property: Description("What to call it; whoever has the link reads it.")] string Label,
        [property: Description("`amounts`, or `percentages` and no amount."), AllowedValues(Wallets.Shows.Amounts, Wallets.Shows.Percentages)]
        string Shows,
        [property: Description("The wallets that it is to show, at most 100; all, also those that are made later, when left out.")]
        IReadOnlyList<Guid>? WalletIds = null,
        [property: Description("When it is to end; never when left out.")] DateTimeOffset? ExpiresAt = null);

    public sealed record Command(
        Guid ShareId, string Label, string Hash, IReadOnlyList<Guid>? WalletIds, string Shows, DateTimeOffset? ExpiresAt, DateTimeOffset At);

    /// <param name="owner">Whose wallets they are.</param>
    /// <param name="wallets">The only ones that the owner's key may use; null for all.</param>
    /// <param name="command">What it is to show.</param>
    public static ShareEvent.ShareMade Decide(Guid owner, IReadOnlySet<Guid>? wallets, Command command)
    {
        if (command.Shows is not (Shows.Amounts or Shows.Percentages)) throw Wrong("/shows", "A share shows 'amounts' or 'percentages'.");
        if (command.WalletIds is { Count: 0 or > CreateApiKey.MaxWallets })
            throw Wrong("/walletIds", $"A share is of 1 to {CreateApiKey.MaxWallets} wallets, or of all when none is named.");
        if (command.ExpiresAt <= command.At) throw Wrong("/expiresAt", "A share ends in the future.");
        // Nobody shows by a key more than they see by it.
        if (wallets is not null && command.WalletIds is null) throw new DomainException("forbidden", "A key for certain wallets shares those only.");
        if (wallets is not null && command.WalletIds!.Any(id => !wallets.Contains(id))) throw NoSuchWallet();
        return new(
            command.ShareId, owner, command.Label, command.Hash, command.WalletIds?.Distinct().ToArray(), command.Shows, command.ExpiresAt,
            command.At);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/shares", async Task<Created<ShareView>> (
                Request request, Caller caller, EventStore store, Answers answers, NpgsqlDataSource database, TimeProvider time,
                HttpResponse response, CancellationToken ct) =>
            {
                var secret = ApiKeySecret.New(Prefix);
                var made = Decide(caller.UserId, caller.Wallets, new(
                    Guid.CreateVersion7(), Label.Parse(request.Label), secret.Hash, request.WalletIds, request.Shows,
                    request.ExpiresAt?.ToUniversalTime(), time.Now()));
                if (made.WalletIds is { } wallets && await CreateApiKey.ForeignAsync(database, caller.UserId, wallets, ct) is not null)
                    throw NoSuchWallet();

                var view = new ShareView(made.ShareId, made.Label, made.WalletIds, made.Shows, made.At, made.ExpiresAt, null, null);
                await using var work = await store.BeginAsync(ct);
                await work.RecordAsync(Share.Category, made.ShareId, [made], 0, Actor.Of(caller), ct);
                // As with keys: a repetition is shown the share, to revoke it by its id, and never the token.
                await answers.CommitAsync(work, TypedResults.Created((string?)null, view), null, ct);

                response.Headers.CacheControl = "no-store";
                return TypedResults.Created((string?)null, view with { Token = secret.Text });
            })
            // Whoever makes one could look at it.
            .RequireScope(Scopes.WalletsWrite)
            .RequireScope(Scopes.PortfolioRead)
            .WithSummary("Makes a link that shows what wallets hold. Its token is in this answer only, and not when it is repeated under its " +
                "Idempotency-Key.")
            .WithDescription("The link is the gateway's page `/shared#` and the token. A wallet that is deleted is not shown any more.")
            .WithExample(new Request("For the family", Wallets.Shows.Percentages))
            .WithProblems("wallet-not-found", "invalid-body");

    private static DomainException NoSuchWallet() => new("wallet-not-found", "There is no such wallet.", "/walletIds");

    private static DomainException Wrong(string pointer, string detail) => new("invalid-body", detail, pointer);
}
