namespace ServiceDefaults;

/// <summary>What an API key may be allowed to do. <see cref="Admin"/> implies all the others.</summary>
public static class Scopes
{
    public const string WalletsRead = "wallets:read";
    public const string WalletsWrite = "wallets:write";
    public const string PortfolioRead = "portfolio:read";

    /// <summary>Where messages are sent to, and what was sent there.</summary>
    public const string WebhooksManage = "webhooks:manage";

    public const string Admin = "admin";

    /// <summary>Every scope that a key is granted.</summary>
    public static IReadOnlyList<string> All { get; } = [WalletsRead, WalletsWrite, PortfolioRead, WebhooksManage, Admin];

    /// <summary>Held by services among themselves, never by a key.</summary>
    internal const string Internal = "internal";
}
