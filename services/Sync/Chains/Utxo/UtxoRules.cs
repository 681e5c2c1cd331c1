using System.Buffers;
using Chains;

namespace Sync.Chains.Utxo;

/// <summary>What must hold of any provider's answer about a chain of coins.</summary>
internal static class UtxoRules
{
    /// <summary>More inputs and outputs than a block has room for.</summary>
    public const int MaxParts = 100_000;

    /// <summary>Twenty thousand years of blocks.</summary>
    public const long MaxHeight = 1_000_000_000;

    /// <summary>What stands for the time of a transaction that waits for a block and has none.</summary>
    public const long NoTime = 1_231_006_505;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static bool IsHash(string text) => text.Length == 64 && !text.AsSpan().ContainsAnyExcept(Hex);

    public static void CheckAddress(string? address, Func<string, ProviderException> bad)
    {
        if (address is not null && (address.Length is 0 or > 100 || !address.All(char.IsAsciiLetterOrDigit)))
            throw bad("names an address that is none");
    }

    /// <summary>The address that names a script, which is in hexadecimal; null where none does.</summary>
    public static string? AddressOf(Network network, string script)
    {
        // Nothing that has an address is longer than a witness program of 40 bytes.
        Span<byte> bytes = stackalloc byte[42];
        return script.Length <= 2 * bytes.Length
            && Convert.FromHexString(script, bytes, out _, out var length) is OperationStatus.Done
            ? BitcoinAddresses.FromScript(network, bytes[..length])?.Text : null;
    }

    /// <summary>No output has more than the chain allows.</summary>
    public static void CheckValue(Network network, long value, Func<string, ProviderException> bad)
    {
        if (value < 0 || value > network.MaxMoney) throw bad($"names an amount of {value}");
    }

    /// <summary>The instant of so many Unix seconds.</summary>
    public static DateTimeOffset TimeOf(long seconds, Func<string, ProviderException> bad)
    {
        if (seconds is < 0 or > 7_000_000_000) throw bad($"names a block time of {seconds}");
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return time.Year is < 2009 or > 2200 ? throw bad($"names a block time in {time.Year}") : time;
    }

    /// <summary>Newest first, nothing twice, hashes well formed, heights possible, one time for a block.</summary>
    public static void CheckPage(IReadOnlyList<ChainTransaction> page, Func<string, ProviderException> bad)
    {
        var seen = new HashSet<string>(page.Count);
        var (above, time) = (long.MaxValue, default(DateTimeOffset));
        foreach (var transaction in page)
        {
            if (!IsHash(transaction.Txid) || (transaction.BlockHash is { } block && !IsHash(block)))
                throw bad("names a transaction or block by something that is no hash");
            if (transaction.Height is < 0 or > MaxHeight) throw bad($"names a height of {transaction.Height}");
            if (transaction.Height > above) throw bad("lists history out of order");
            if (transaction.Height == above && transaction.BlockHash is not null && transaction.BlockTime != time)
                throw bad($"names two times of block {above}");
            if (!seen.Add(transaction.Txid)) throw bad($"lists {transaction.Txid} twice on a page");
            (above, time) = (transaction.Height, transaction.BlockTime);
        }
    }
}
