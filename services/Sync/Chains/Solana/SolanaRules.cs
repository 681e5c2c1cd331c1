using Chains;

namespace Sync.Chains.Solana;

/// <summary>What is known of Solana's programs, and how its tokens are named.</summary>
internal static class SolanaRules
{
    /// <summary>The programs whose accounts hold tokens: Token and Token-2022.</summary>
    public static readonly IReadOnlyList<string> TokenPrograms =
        ["TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"];

    /// <summary>The program that makes accounts at an address which follows from owner and mint.</summary>
    public const string AssociatedAccounts = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";

    /// <summary>The programs whose accounts are paid rewards by no transaction: Stake and Vote.</summary>
    public static readonly IReadOnlyList<string> RewardedPrograms =
        ["Stake11111111111111111111111111111111111111", "Vote111111111111111111111111111111111111111"];

    /// <summary>Twelve thousand years of slots.</summary>
    public const long MaxSlot = 1_000_000_000_000;

    /// <summary>
    /// The slots in which accounts could owe rent that the transactions which wrote them took, before every account had to hold two
    /// years' rent (feature require_rent_exempt_accounts, late in 2022).
    /// </summary>
    public const long RentTakenUntil = 160_000_000;

    /// <summary>More than such an account could owe: two years' rent of one that is larger than what programs made then.</summary>
    public const ulong MostRent = 10_000_000;

    /// <summary>The genesis of mainnet, slot 0.</summary>
    private static readonly DateTimeOffset Mainnet = DateTimeOffset.FromUnixTimeSeconds(1_584_368_940);

    private static readonly TimeSpan SlotTime = TimeSpan.FromMilliseconds(400);

    /// <summary>A slot's time between two that are known, or so many slots away from one.</summary>
    public static DateTimeOffset Estimate(long slot, SolanaTime? below, SolanaTime above)
    {
        if (below is null) return above.Time - ((above.Slot - slot) * SlotTime);
        var ticks = (Int128)(above.Time - below.Time).Ticks * (slot - below.Slot) / Math.Max(1, above.Slot - below.Slot);
        return below.Time.AddTicks((long)ticks);
    }

    /// <summary>The time of the network's first slot; null where it is not known.</summary>
    public static SolanaTime? First(Network network) =>
        network.Caip2 == "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp" ? new(0, Mainnet) : null;

    /// <summary>A token by its mint (CAIP-19).</summary>
    public static string AssetOf(Network network, string mint) => $"{network.Caip2}/token:{mint}";

    /// <summary>The mint of a token of the network; null for any other asset.</summary>
    public static string? MintOf(Network network, string asset) =>
        asset.StartsWith($"{network.Caip2}/token:", StringComparison.Ordinal) && asset[(network.Caip2.Length + "/token:".Length)..] is var mint
            && SolanaAddresses.IsAccount(mint) ? mint : null;
}
