using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Npgsql;
using Portfolio.Feed.Channels;
using Portfolio.Transactions;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>What a client may say of an endpoint, checked.</summary>
/// <param name="Minimums">As JSON; null where nothing is said of it.</param>
internal sealed record WebhookSettings(
    string? Url, string? Label, string[]? Types, Guid[]? Wallets, string? Minimums, int? Confirmations, string? Direction)
{
    private const int LongestLabel = 100;
    private const int MostMinimums = 100;
    private const int MostWallets = 1_000;
    private const int LongestAsset = 200;
    private const int MostConfirmations = 10_000;

    /// <exception cref="DomainException"><c>invalid-body</c> with each place that is wrong.</exception>
    public static WebhookSettings Read(
        WebhookTargets targets, string? url, string? label, IReadOnlyList<string>? types, IReadOnlyList<Guid>? wallets,
        IReadOnlyDictionary<string, string>? minimums, int? confirmations, string? direction)
    {
        var errors = new List<FieldError>();
        if (url is not null && targets.Refusal(url) is { } refusal) errors.Add(new("/url", "not-a-target", refusal));
        if (label is { Length: 0 or > LongestLabel } || (label is not null && !StorableText.Is(label)))
            errors.Add(new("/label", "length", $"A label has 1 to {LongestLabel} characters."));
        foreach (var (type, i) in (types ?? []).Select((type, i) => (type, i)).Where(each => !FeedTypes.Names.Contains(each.type)))
            errors.Add(new($"/types/{i}", "unknown-type", $"The types are {string.Join(", ", FeedTypes.All.Select(kind => kind.Name))}."));
        if (types is { Count: 0 }) errors.Add(new("/types", "empty", "Name a type, or leave it out for all."));
        if (wallets is { Count: 0 or > MostWallets }) errors.Add(new("/walletIds", "count", $"Name 1 to {MostWallets} wallets, or none for all."));
        if (minimums?.Count > MostMinimums) errors.Add(new("/minimumAmounts", "count", $"At most {MostMinimums} assets have a least amount."));
        foreach (var (asset, amount) in minimums ?? new Dictionary<string, string>())
        {
            if (asset.Length is 0 or > LongestAsset || !StorableText.Is(asset) || amount is null or { Length: > 78 }
                || !BigInteger.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                errors.Add(new("/minimumAmounts", "amount", "An amount is a string of digits, in the base units of the asset whose CAIP-19 id names "
                    + "it."));
        }

        if (confirmations is < 0 or > MostConfirmations)
            errors.Add(new("/confirmations", "out-of-range", $"Confirmations are 0 to {MostConfirmations}."));
        if (direction is not (null or Directions.In or Directions.Out))
            errors.Add(new("/direction", "unknown-direction", $"A direction is {Directions.In} or {Directions.Out}; leave it out for both."));
        if (errors.Count > 0) throw new DomainException("invalid-body", errors[0].Detail, errors);
        return new(url, label, types?.Distinct().ToArray(), wallets?.Distinct().ToArray(),
            minimums is null ? null : JsonSerializer.Serialize(minimums), confirmations, direction);
    }

    /// <summary>Wallets that are named must be the caller's, and a key for some wallets may name these only, and must.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>.</exception>
    public static async Task RequireWalletsAsync(NpgsqlConnection connection, Caller caller, Guid[]? wallets, CancellationToken ct)
    {
        if (wallets is null)
        {
            if (caller.Wallets is null) return;
            throw new DomainException("invalid-body", "The key is for some wallets only: name those whose messages are to be sent.", "/walletIds");
        }

        var known = await connection.QueryAsync<Guid>(
            "select wallet_id from wallets where owner_id = @UserId and wallet_id = any(@wallets)", new { caller.UserId, wallets }, ct);
        foreach (var missing in wallets.Where(wallet => !known.Contains(wallet) || !caller.MayUse(wallet)))
            throw new DomainException("invalid-body", $"There is no wallet {missing}.", "/walletIds");
    }
}
