using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>An endpoint as its row has it.</summary>
internal sealed class Webhook
{
    public const string Columns = """
        webhook_id, user_id, url, label, types, wallets, minimums::text as minimums, confirmations, direction, created_at, after_seq, reached_seq,
        disabled_at, disabled_because, failing_since, last_at, last_status, last_error, old_secret_until
        """;

    public Guid WebhookId { get; init; }

    public Guid UserId { get; init; }

    public string Url { get; init; } = "";

    public string? Label { get; init; }

    public string[]? Types { get; init; }

    public Guid[]? Wallets { get; init; }

    public string Minimums { get; init; } = "{}";

    public int Confirmations { get; init; }

    public string? Direction { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public long AfterSeq { get; init; }

    public long ReachedSeq { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    public string? DisabledBecause { get; init; }

    public DateTimeOffset? FailingSince { get; init; }

    public DateTimeOffset? LastAt { get; init; }

    public int? LastStatus { get; init; }

    public string? LastError { get; init; }

    public DateTimeOffset? OldSecretUntil { get; init; }

    public WebhookFilter Filter => new(Types, Wallets, MinimumsOf(Minimums), Confirmations, Direction);

    public static Dictionary<string, BigInteger> MinimumsOf(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(json)!
            .ToDictionary(each => each.Key, each => BigInteger.Parse(each.Value, CultureInfo.InvariantCulture));

    /// <summary>The caller's endpoint, locked until the transaction ends where <paramref name="locking"/> says so.</summary>
    /// <exception cref="DomainException"><c>webhook-not-found</c>.</exception>
    public static async Task<Webhook> RequireAsync(
        NpgsqlConnection connection, Caller caller, Guid id, CancellationToken ct, string locking = "")
    {
        var found = await connection.QueryFirstOrDefaultAsync<Webhook>(
            $"select {Columns} from webhooks where webhook_id = @id and user_id = @UserId {locking}", new { id, caller.UserId }, ct);
        return found is not null && found.IsWithin(caller) ? found : throw new DomainException("webhook-not-found", "There is no such webhook.");
    }

    /// <summary>A key for some wallets sees the endpoints that get messages of these only.</summary>
    public bool IsWithin(Caller caller) => caller.Wallets is null || (Wallets is { } some && some.All(caller.MayUse));
}
