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

    /// <summary>Twenty thousand years of blocks of a second.</summary>
    public const long MaxHeight = 1_000_000_000_000;

    private const int WordDigits = 64;

    // Nodes keep the states of their newest 128 blocks; from half of them on, the other half's time is left to ask in.
    private const int LongestStride = 64;

    private static readonly TimeSpan SlowBlocks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TipStands = TimeSpan.FromSeconds(30);

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private static readonly BigInteger MaxWord = (BigInteger.One << 256) - 1;

    // Optimism, Base, OP Sepolia, Base Sepolia, Zora, Mode, Unichain, World Chain, Ink, Soneium; and Scroll, whose receipts name the same field.
    private static readonly HashSet<long> L1Fees = [10, 8453, 11155420, 84532, 7777777, 34443, 130, 480, 57073, 1868, 534352];

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

    // Cancun came to the first public test network in this month; no chain had transactions with blobs before (EIP-4844).
    private static readonly DateTimeOffset FirstBlobs = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The chain id of EIP-155.</summary>
    public static long ChainId(Network network) =>
        long.Parse(network.Caip2.AsSpan("eip155:".Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Of how many blocks one is taken for the tip, so that it stands for long enough to read a round of a walk; 1 where blocks
    /// are that slow themselves.</summary>
    public static int Stride(Network network) =>
        network.BlockTime >= SlowBlocks ? 1 : (int)Math.Clamp(Math.Ceiling(TipStands / network.BlockTime), 1, LongestStride);

    /// <summary>The contract whose deposit and withdrawal of the native coin are known by their call; null where none is.</summary>
    public static string? WrappedNative(long chainId) => Wrapped.GetValueOrDefault(chainId);

    /// <summary>Whether a sender of that time may have paid more than gas × price: for blobs, or for room on the chain below.</summary>
    public static bool MayCostMore(long chainId, DateTimeOffset time) => time >= FirstBlobs || L1Fees.Contains(chainId);

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

    /// <summary>A quantity as nodes write it: hexadecimal, 256 bits at most, no leading zeros; null if it is none.</summary>
    public static Amount? Quantity(string? text) => text is ['0', 'x', '0', _, ..] ? null : Number(text);

    /// <summary>The same, filled up to bytes or a word by however many zeros.</summary>
    public static Amount? Number(string? text) =>
        text is ['0', 'x', .. var digits] && digits.Length is > 0 and <= WordDigits && !digits.AsSpan().ContainsAnyExcept(Hex)
            ? Unsigned(digits) : null;

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
