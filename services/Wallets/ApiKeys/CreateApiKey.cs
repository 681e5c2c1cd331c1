using Messaging;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>An administrator makes a key for a user; the answer is the only place where the key is ever seen.</summary>
internal static class CreateApiKey
{
    // The list travels in each request's token, so it has to fit into a header.
    public const int MaxWallets = 100;

    /// <summary>Without a user the key is the caller's own; without wallets it is for all of them.</summary>
    public sealed record Request(
        [property: Description("What to call it.")] string Label,
        [property: Description("What it may do."), AllowedValues(ServiceDefaults.Scopes.WalletsRead, ServiceDefaults.Scopes.WalletsWrite,
            ServiceDefaults.Scopes.PortfolioRead, ServiceDefaults.Scopes.WebhooksManage, ServiceDefaults.Scopes.Admin)]
        IReadOnlyList<string> Scopes,
        [property: Description("Whose key it is to be; the caller's own when left out.")] Guid? UserId = null,
        [property: Description("The wallets it is to be for, at most 100; all of the user's when left out.")] IReadOnlyList<Guid>? WalletIds = null,
        [property: Description("When it is to stop working; never when left out.")] DateTimeOffset? ExpiresAt = null);

    public sealed record Command(
        Guid KeyId, string Label, string Hash, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds,
        DateTimeOffset? ExpiresAt, DateTimeOffset At);

    public static IReadOnlyList<ApiKeyEvent> Decide(User user, Command command)
    {
        if (!user.Exists) throw new DomainException("user-not-found", "There is no such user.", "/userId");
        if (command.Scopes.Count == 0) throw Wrong("/scopes", "A key has at least one scope.");
        foreach (var scope in command.Scopes)
        {
            if (!Scopes.All.Contains(scope)) throw Wrong("/scopes", $"The scopes are {string.Join(", ", Scopes.All)}.");
        }

        var admin = command.Scopes.Contains(Scopes.Admin);
        if (admin && !user.IsAdmin) throw Wrong("/scopes", "The scope admin is for keys of administrators.");
        if (command.WalletIds is { } wallets)
        {
            if (admin) throw Wrong("/walletIds", "A key with the scope admin cannot be limited to wallets.");
            if (wallets.Count is 0 or > MaxWallets)
                throw Wrong("/walletIds", $"A key is for 1 to {MaxWallets} wallets, or for all when none is named.");
        }

        if (command.ExpiresAt <= command.At) throw Wrong("/expiresAt", "A key expires in the future.");

        return
        [
            new ApiKeyEvent.ApiKeyCreated(
                command.KeyId, user.Id, command.Label, command.Hash, [.. command.Scopes.Distinct()], command.WalletIds?.Distinct().ToArray(),
                command.ExpiresAt, command.At),
        ];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api-keys", async Task<Created<ApiKeyView>> (
                Request request, Caller caller, EventStore store, Answers answers, NpgsqlDataSource database, TimeProvider time,
                HttpResponse response, CancellationToken ct) =>
            {
                var user = (await store.LoadAsync<User, UserEvent>(request.UserId ?? caller.UserId, ct)).State;
                var secret = ApiKeySecret.New();
                var command = new Command(
                    Guid.CreateVersion7(), Label.Parse(request.Label), secret.Hash, request.Scopes, request.WalletIds,
                    request.ExpiresAt?.ToUniversalTime(), time.Now());
                var events = Decide(user, command);
                if (request.WalletIds is { } wallets && await ForeignAsync(database, user.Id, wallets, ct) is { } foreign)
                    throw Wrong("/walletIds", $"The user has no wallet {foreign}.");

                var view = new ApiKeyView(
                    command.KeyId, user.Id, command.Label, [.. command.Scopes.Distinct()], command.WalletIds?.Distinct().ToArray(),
                    command.At, command.ExpiresAt, null, null);
                await using var work = await store.BeginAsync(ct);
                await work.RecordAsync(ApiKey.Category, command.KeyId, events, 0, Actor.Of(caller), ct);
                // A repetition is shown the key's id, to revoke it by, and never the key.
                await answers.CommitAsync(work, TypedResults.Created((string?)null, view), null, ct);

                response.Headers.CacheControl = "no-store";
                return TypedResults.Created((string?)null, view with { Key = secret.Text });
            })
            .RequireScope(Scopes.Admin)
            .WithSummary("Makes an API key. The key itself is shown in this answer only, and not when it is repeated under its Idempotency-Key.")
            .WithExample(new { label = "Laptop", scopes = new[] { Scopes.WalletsRead, Scopes.PortfolioRead } })
            .WithProblems("user-not-found", "invalid-body");

    /// <summary>One of these wallets that is not the user's; null where all are.</summary>
    public static async Task<Guid?> ForeignAsync(NpgsqlDataSource database, Guid userId, IReadOnlyList<Guid> wallets, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select w.id from unnest($2) as w (id)
            where not exists (select from wallets o where o.wallet_id = w.id and o.owner_id = $1) limit 1
            """);
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = wallets.ToArray() });
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }

    private static DomainException Wrong(string pointer, string detail) => new("invalid-body", detail, pointer);
}
