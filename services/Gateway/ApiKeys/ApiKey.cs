using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// An API key as sent, <c>wt_{environment}_{random}</c>, or the token of a share, <c>ws_{random}</c>. Only its hash leaves the gateway.
/// </summary>
internal sealed partial record ApiKey(string Hash, bool IsShare = false)
{
    /// <summary>Null when this cannot be a key of ours; nothing is looked up then.</summary>
    public static ApiKey? Parse(string text) =>
        Form().IsMatch(text) ? new ApiKey(HashOf(text)) : ShareForm().IsMatch(text) ? new ApiKey(HashOf(text), IsShare: true) : null;

    /// <summary>SHA-256 in base64url, as Wallets keeps it of a secret.</summary>
    public static string HashOf(string text) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    /// <summary>The text that a request presents as its key, or null when it presents none.</summary>
    public static string? Presented(IHeaderDictionary headers)
    {
        const string bearer = "Bearer ";
        var authorization = headers.Authorization.ToString();
        if (authorization.Length > 0)
            return authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim() : authorization;
        return headers.TryGetValue("X-Api-Key", out var key) ? key.ToString() : null;
    }

    [GeneratedRegex("^wt_[a-z0-9]{1,16}_[A-Za-z0-9_-]{16,128}\\z")]
    private static partial Regex Form();

    [GeneratedRegex("^ws_[A-Za-z0-9_-]{43}\\z")]
    private static partial Regex ShareForm();
}

/// <summary>What Wallets is asked, and by which name the answer is remembered.</summary>
internal sealed record Question(string Name, string Path, object Body)
{
    /// <summary>How the names of tokens begin, of which only whether they were good is remembered.</summary>
    public const string Token = "token ";

    public static Question OfKey(ApiKey key) =>
        new(key.Hash, key.IsShare ? "/internal/shares/verify" : "/internal/api-keys/verify", new { key.Hash });

    /// <summary>Of a key by its id, where it has proved itself before.</summary>
    public static Question OfKeyId(Guid keyId) => new($"key {keyId}", "/internal/api-keys/verify", new { keyId });

    /// <summary>Of one whom the identity provider names.</summary>
    public static Question OfUser(string name) => new($"user {name}", "/internal/users/verify", new { name });
}

/// <summary>What Wallets says of a key: whose it is and what it may do, or which problem its holder is answered with.</summary>
internal sealed record ApiKeyAnswer(ApiKeyGrant? Grant, string Refusal = "unauthorized")
{
    /// <summary>The problem's code that a refusal of Wallets comes to.</summary>
    public static string RefusalIn(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) && errors.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } error
            && error.GetProperty("code").GetString() is ("key-revoked" or "key-expired" or "user-disabled") and var code ? code : "unauthorized";
}

/// <summary>What a good key is for, what its user is called; of a session, what it was begun with, and of a share, what it lets see.</summary>
internal sealed record ApiKeyGrant(
    Guid KeyId, Guid UserId, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds = null, DateTimeOffset? ExpiresAt = null,
    string? Name = null, Guid? SessionOf = null, ShareTerms? Share = null);

/// <summary>Whose request it is beside what services are told: what the user is called, and the key whose allowance it is charged to.</summary>
internal sealed record Holder(string? Name, Guid Allowance);
