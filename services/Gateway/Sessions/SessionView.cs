using System.ComponentModel;
using ServiceDefaults;

namespace Gateway;

/// <summary>Who is here, and what they may do.</summary>
public sealed record SessionView(
    [property: Description("The user's id.")] Guid UserId,
    [property: Description("What the user is called: their e-mail address.")] string Name,
    [property: Description("What the session may do: what its key may."), System.ComponentModel.DataAnnotations.AllowedValues(
        ServiceDefaults.Scopes.WalletsRead, ServiceDefaults.Scopes.WalletsWrite, ServiceDefaults.Scopes.PortfolioRead,
        ServiceDefaults.Scopes.WebhooksManage, ServiceDefaults.Scopes.Admin)]
    IReadOnlyList<string> Scopes,
    [property: Description("The wallets that it is for; null for all of the user's.")] IReadOnlyList<Guid>? WalletIds,
    [property: Description("When it ends; null for a key that never does.")] DateTimeOffset? ExpiresAt,
    [property: Description("Addresses to try the system with; empty where the operator names none.")] IReadOnlyList<SampleAddress> Sample)
{
    internal static SessionView Of(Caller caller, string? name, DateTimeOffset? expiresAt, GatewayOptions options) => new(
        caller.UserId, name ?? "", [.. caller.Scopes.Order(StringComparer.Ordinal)], caller.Wallets is { } some ? [.. some] : null, expiresAt,
        options.Sample);
}

/// <summary>An address to try the system with.</summary>
public sealed record SampleAddress
{
    [Description("Its network's slug.")]
    public string Network { get; init; } = "";

    [Description("The address.")]
    public string Address { get; init; } = "";

    [Description("What to call it.")]
    public string Label { get; init; } = "";
}
