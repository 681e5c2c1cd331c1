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

    /// <summary>A token by its mint (CAIP-19).</summary>
    public static string AssetOf(Network network, string mint) => $"{network.Caip2}/token:{mint}";

    /// <summary>The mint of a token of the network; null for any other asset.</summary>
    public static string? MintOf(Network network, string asset) =>
        asset.StartsWith($"{network.Caip2}/token:", StringComparison.Ordinal) && asset[(network.Caip2.Length + "/token:".Length)..] is var mint
            && SolanaAddresses.IsAccount(mint) ? mint : null;
}
