using System.Diagnostics;
using EventSourcing;

namespace Wallets;

internal abstract record ShareEvent : WalletsEvent
{
    private ShareEvent() { }

    /// <summary>
    /// <paramref name="Hash"/> is all that is kept of the link's secret; no <paramref name="WalletIds"/> means all of the owner's, also those
    /// that are made later.
    /// </summary>
    public sealed record ShareMade(
        Guid ShareId, Guid OwnerId, string Label, string Hash, IReadOnlyList<Guid>? WalletIds, string Shows, DateTimeOffset? ExpiresAt,
        DateTimeOffset At) : ShareEvent;

    public sealed record ShareRevoked(Guid ShareId, DateTimeOffset At) : ShareEvent;
}

/// <summary>What a share lets others see.</summary>
internal static class Shows
{
    public const string Amounts = "amounts";

    /// <summary>How the whole is made up and how it went, and no amount of it.</summary>
    public const string Percentages = "percentages";
}

/// <summary>What a user shows of their wallets to whoever has its link.</summary>
internal sealed record Share(Guid Id, Guid OwnerId, IReadOnlyList<Guid>? WalletIds = null, bool IsRevoked = false) : IAggregate<Share, ShareEvent>
{
    public static string Category => "share";

    public static Share Initial { get; } = new(Guid.Empty, Guid.Empty);

    /// <summary>Whether it is this user's, and shows nothing that these wallets, or null for all, do not hold.</summary>
    public bool IsOf(Guid userId, IReadOnlySet<Guid>? wallets) =>
        Id != Guid.Empty && OwnerId == userId && (wallets is null || WalletIds?.All(wallets.Contains) == true);

    public static Share Evolve(Share state, ShareEvent @event) => @event switch
    {
        ShareEvent.ShareMade e => new(e.ShareId, e.OwnerId, e.WalletIds),
        ShareEvent.ShareRevoked => state with { IsRevoked = true },
        _ => throw new UnreachableException($"Share does not know {@event.GetType().Name}."),
    };
}
