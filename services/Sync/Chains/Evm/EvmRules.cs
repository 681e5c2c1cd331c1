using System.Buffers;
using System.Globalization;
using System.Numerics;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>How accounts, hashes and numbers are written on a chain of the Ethereum virtual machine, and what is known of some of them.</summary>
internal static class EvmRules
{
    /// <summary>keccak256("Transfer(address,address,uint256)") (ERC-20).</summary>
    public const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    /// <summary>keccak256("Deposit(address,uint256)") (WETH9).</summary>
    public const string Deposit = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c";

    /// <summary>keccak256("Withdrawal(address,uint256)") (WETH9).</summary>
    public const string Withdrawal = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65";

    /// <summary>
    /// keccak256("Deposit(address,address,uint256,uint256,uint256)"): token below, receiver, amount and the balances around it, logged by
    /// Polygon's native contract when a state sync brings money from the chain below (maticnetwork/contracts, MRC20 and ERC20Predicate).
    /// </summary>
    public const string Bridged = "0x4e2ca0515ed1aef1395f66b5303bb5d6f1bf9d61a353fa53f73f8ac9973fa9f6";

    /// <summary>Twenty thousand years of blocks of a second.</summary>
    public const long MaxHeight = 1_000_000_000_000;

    private const int WordDigits = 64;

    // Nodes keep the states of their newest 128 blocks; from half of them on, the other half's time is left to ask in.
    private const int LongestStride = 64;

    private static readonly TimeSpan SlowBlocks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TipStands = TimeSpan.FromSeconds(30);

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private static readonly BigInteger MaxWord = (BigInteger.One << 256) - 1;

    // The contracts in which the native coin itself is deposited. WETH9 and its copies tell a deposit by no Transfer.
    private static readonly Dictionary<long, string> Wrapped = new()
    {
        [1] = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",
        [10] = "0x4200000000000000000000000000000000000006",
        [56] = "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c",
        [100] = "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d",
        [137] = "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270",
        [8453] = "0x4200000000000000000000000000000000000006",
        [11155111] = "0xfff9976782d46cc05630d1f6ebab18b2324d6b14",
    };

    /// <summary>The chain id of EIP-155.</summary>
    public static long ChainId(Network network) =>
        long.Parse(network.Caip2.AsSpan("eip155:".Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Of how many blocks one is taken for the tip, so that it stands for long enough to read a round of a walk; 1 where blocks
    /// are that slow themselves.</summary>
    public static int Stride(Network network) =>
        network.BlockTime >= SlowBlocks ? 1 : (int)Math.Clamp(Math.Ceiling(TipStands / network.BlockTime), 1, LongestStride);

    /// <summary>The contract whose deposit and withdrawal of the native coin are known by their call; null where none is.</summary>
    public static string? WrappedNative(long chainId) => Wrapped.GetValueOrDefault(chainId);

    /// <summary>A token by its contract (CAIP-19).</summary>
    public static string AssetOf(Network network, string contract) => $"{network.Caip2}/erc20:{contract}";

    /// <summary>The contract of an ERC-20 asset of the network; null for any other asset.</summary>
    public static string? ContractOf(Network network, string asset) =>
        asset.StartsWith($"{network.Caip2}/erc20:", StringComparison.Ordinal) ? Account(asset[(network.Caip2.Length + "/erc20:".Length)..]) : null;

    /// <summary>What a list of all Transfers of one token comes to for an account. The wrapped native coin also comes and goes by none.</summary>
    public static ListedAsset Listed(Network network, string contract, IEnumerable<(string Txid, Amount Value, bool In, bool Out)> transfers)
    {
        var sums = new Dictionary<string, BigInteger>();
        foreach (var (txid, value, isIn, isOut) in transfers)
            sums[txid] = sums.GetValueOrDefault(txid) + (isIn ? value.Value : 0) - (isOut ? value.Value : 0);
        var isWrapped = contract == WrappedNative(ChainId(network));
        return new ListedAsset(
            new Amount(sums.Values.Aggregate(BigInteger.Zero, (sum, each) => sum + each)), sums.Values.Count(each => !each.IsZero), isWrapped
                ? "wrapped-native" : "token-contract", !isWrapped);
    }

    public static bool IsHash(string? text) =>
        text is ['0', 'x', .. var digits] && digits.Length == WordDigits && !digits.AsSpan().ContainsAnyExcept(Hex);

    /// <summary>An account in lower case, however it was spelled; null if it is none.</summary>
    public static string? Account(string? text) =>
        text is ['0', 'x', ..] && text.Length == 42 && text.ToLowerInvariant() is var lower && !lower.AsSpan(2).ContainsAnyExcept(Hex) ? lower : null;

    /// <summary>An account as addresses are written (EIP-55).</summary>
    public static string Spell(Network network, string account) => EvmAddresses.FromAccount(network, Convert.FromHexString(account.AsSpan(2))).Text;

    /// <summary>
    /// A quantity as nodes write it: hexadecimal, 256 bits at most; null if it is none. The specification has it without leading
    /// zeros, but some fill it up to bytes or a word (Rootstock among them).
    /// </summary>
    public static Amount? Quantity(string? text) =>
        text is ['0', 'x', .. var digits] && digits.Length > 0 && digits.TrimStart('0') is { Length: <= WordDigits } significant
            && !significant.AsSpan().ContainsAnyExcept(Hex) ? Unsigned(significant) : null;

    /// <summary>A height or another small quantity; null if it is none.</summary>
    public static long? Height(string? text) => Quantity(text) is { } height && height <= MaxHeight ? (long)height.Value : null;

    /// <summary>The first word that a call returned; null where it returned less (no contract, or none that answers).</summary>
    public static Amount? Word(string? data) =>
        data is ['0', 'x', .. var digits] && digits.Length >= WordDigits && digits.Length % 2 == 0 && !digits.AsSpan().ContainsAnyExcept(Hex)
            ? Unsigned(digits[..WordDigits])
            : null;

    /// <summary>A 256-bit number in decimal; null if it is none.</summary>
    public static Amount? Decimal(string? text) =>
        Amount.TryParse(text, out var amount) && amount.Sign >= 0 && amount.Value <= MaxWord ? amount : null;

    public static string Quantity(long value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>An account as a word of call data or a topic.</summary>
    public static string Padded(string account) => "0x" + account[2..].PadLeft(WordDigits, '0');

    private static Amount Unsigned(string digits) =>
        new(BigInteger.Parse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
