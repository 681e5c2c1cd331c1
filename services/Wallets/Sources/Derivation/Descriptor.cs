using System.Globalization;
using System.Security.Cryptography;
using Chains;
using NBitcoin.Crypto;

namespace Wallets;

/// <summary>
/// A whole wallet as an output descriptor: one script for each number of each branch (BIP380 to BIP383, BIP386, BIP389). Read are
/// extended public keys in the scripts that wallets use; what could spend is never read.
/// </summary>
internal sealed class Descriptor
{
    /// <summary>Twenty keys with their origins have room in it.</summary>
    public const int MaxLength = 4096;

    // Each branch costs as many addresses as the gap limit says, used or not.
    private const int MostBranches = 10;

    // OP_CHECKMULTISIG takes twenty keys; a P2SH script has at most 520 bytes, which are fifteen.
    private const int MostKeys = 20;
    private const int MostKeysInP2sh = 15;

    private static readonly string[] Scripts =
    [
        "pkh", "wpkh", "sh(wpkh)", "tr", "wsh(sortedmulti)", "sh(wsh(sortedmulti))", "sh(sortedmulti)", "wsh(multi)", "sh(wsh(multi))",
        "sh(multi)",
    ];

    private readonly IReadOnlyList<DescriptorKey> keys;
    private readonly int threshold;

    private Descriptor(Network network, string script, int threshold, IReadOnlyList<DescriptorKey> keys)
    {
        (Network, Script, this.threshold, this.keys) = (network, script, threshold, keys);
        var (opening, closing) = Around(script);
        var bare = $"{opening}{(IsMultisig ? $"{threshold}," : "")}{string.Join(',', keys.Select(key => key.Text))}{closing}";
        Text = $"{bare}#{DescriptorChecksum.Of(bare)}";
        Branches = [.. Enumerable.Range(0, keys.Max(key => key.Branches)).Select(number => new Branch(this, number))];
    }

    public Network Network { get; }

    /// <summary>The functions around the keys, such as <c>sh(wpkh)</c>.</summary>
    public string Script { get; }

    /// <summary>The one spelling of this descriptor here, with its checksum: keys in the network's own version, <c>h</c> for hardened.</summary>
    public string Text { get; }

    public IReadOnlyList<Branch> Branches { get; }

    /// <summary>How many keys each address takes.</summary>
    public int Keys => keys.Count;

    /// <summary>Refuses one of whose branches two are the same, whatever they are called: each of its addresses would be two.</summary>
    /// <exception cref="ServiceDefaults.DomainException"><c>invalid-source</c>.</exception>
    public void RequireDistinctBranches()
    {
        if (Branches.Count > 1 && Branches.DistinctBy(branch => branch.AddressAt(0).Text).Count() < Branches.Count)
            throw NoSource.Refusal(NoSource.Path, "Two branches of the descriptor have the same addresses.");
    }

    private bool IsMultisig => Script.Contains("multi", StringComparison.Ordinal);

    /// <summary>The wallet of an extended key alone, with the script that its version stands for (SLIP-132).</summary>
    /// <exception cref="ServiceDefaults.DomainException"><c>invalid-source</c>, with what is wrong.</exception>
    public static Descriptor OfKey(Network network, string text)
    {
        var (key, version) = ExtendedKey.Read(text);
        if (!version.Admits(network)) throw NoSource.Refusal(NoSource.Network, $"This extended key ({version.Name}) is none of {network.Name}.");
        if (version.Script is null)
            throw NoSource.Refusal(NoSource.Multisig, $"This extended key ({version.Name}) is one of several of a multisig wallet: its addresses "
                + "follow from all of them. Paste the wallet's descriptor.");
        return Made(network, version.Script, 1, [DescriptorKey.Account(network, key)]);
    }

    /// <summary>Reads a descriptor; its checksum is compared where it has one.</summary>
    /// <exception cref="ServiceDefaults.DomainException"><c>invalid-source</c>, with what is wrong.</exception>
    public static Descriptor Parse(Network network, string text)
    {
        if (text.Length > MaxLength)
            throw NoSource.Refusal(NoSource.Length, $"A descriptor has at most {MaxLength:N0} characters here, this one {text.Length:N0}.");
        var end = text.LastIndexOf('#');
        var bare = end < 0 ? text : text[..end];
        var expected = DescriptorChecksum.Of(bare)
            ?? throw NoSource.Refusal(NoSource.Checksum, "The descriptor has a character that no descriptor has.");
        if (end >= 0 && text[(end + 1)..] != expected)
            throw NoSource.Refusal(NoSource.Checksum, "The descriptor's checksum does not match: a character is wrong or missing.");

        if (Scripts.FirstOrDefault(known => IsWritten(bare, known)) is not { } script)
            throw NoSource.Refusal(NoSource.Script, "This is no descriptor that is followed here: pkh, wpkh, sh(wpkh), tr with a key alone, and "
                + "sortedmulti or multi within sh, wsh or sh(wsh) are.");
        var (opening, closing) = Around(script);
        var inner = bare[opening.Length..^closing.Length].Split(',');
        return script.Contains("multi", StringComparison.Ordinal)
            ? Made(network, script, Threshold(script, inner), [.. inner.Skip(1).Select(key => DescriptorKey.Parse(network, key))])
            : inner is [var only]
                ? Made(network, script, 1, [DescriptorKey.Parse(network, only)])
                : throw NoSource.Refusal(NoSource.Script, script == "tr"
                    ? "Taproot with a tree of scripts is not followed here, only with a key alone."
                    : $"{script} takes one key.");
    }

    private static Descriptor Made(Network network, string script, int threshold, IReadOnlyList<DescriptorKey> keys)
    {
        var isWitness = script.Contains('w', StringComparison.Ordinal) || script == "tr";
        if (isWitness && network.AddressRules is not { Bech32Prefix: not null })
            throw NoSource.Refusal(NoSource.Network, $"{network.Name} has no witness addresses, which {script} is about.");
        if (!keys.Any(key => key.IsRanged))
            throw NoSource.Refusal(NoSource.Single, "The descriptor stands for a single address (it has no /*): import that address.");
        var branches = keys.Select(key => key.Branches).Where(number => number > 1).Distinct().ToList();
        if (branches.Count > 1) throw NoSource.Refusal(NoSource.Path, "The keys of the descriptor name different numbers of branches.");
        if (branches is [> MostBranches]) throw NoSource.Refusal(NoSource.Path, $"A descriptor has at most {MostBranches} branches here.");
        return new(network, script, threshold, keys);
    }

    private static int Threshold(string script, string[] inner)
    {
        var most = script.StartsWith("sh(m", StringComparison.Ordinal) || script.StartsWith("sh(s", StringComparison.Ordinal)
            ? MostKeysInP2sh
            : MostKeys;
        if (inner.Length < 2 || inner.Length - 1 > most)
            throw NoSource.Refusal(NoSource.Threshold, $"{script} takes 1 to {most} keys behind the number of those that sign.");
        return int.TryParse(inner[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number < inner.Length
            ? number
            : throw NoSource.Refusal(NoSource.Threshold, $"The number of keys that sign is to be 1 to {inner.Length - 1}.");
    }

    private static bool IsWritten(string text, string script)
    {
        var (opening, closing) = Around(script);
        return text.StartsWith(opening, StringComparison.Ordinal) && text.EndsWith(closing, StringComparison.Ordinal)
            && !text.AsSpan(opening.Length, text.Length - opening.Length - closing.Length).ContainsAny('(', ')')
            || (script == "tr" && text.StartsWith("tr(", StringComparison.Ordinal) && text.EndsWith(')'));
    }

    private static (string Opening, string Closing) Around(string script)
    {
        var opening = script.TrimEnd(')') + '(';
        return (opening, new string(')', opening.Count(character => character == '(')));
    }

    /// <summary>One of a wallet's rows of addresses: what is received, or its change, as a rule.</summary>
    public sealed class Branch
    {
        private readonly Descriptor descriptor;
        // Whoever only wants to know which branches there are pays for no curve.
        private readonly Lazy<IReadOnlyList<(ExtendedKey Key, bool IsRanged)>> keys;

        internal Branch(Descriptor descriptor, int number)
        {
            (this.descriptor, Number) = (descriptor, number);
            keys = new(() => [.. descriptor.keys.Select(key => (key.Branch(number), key.IsRanged))]);
            var steps = descriptor.keys.First(key => key.IsRanged).StepsTo(number);
            Path = string.Concat(steps.Select(step => $"/{step}").Prepend("m"));
            Name = steps switch { [] or [.., 0] => "receive", [.., 1] => "change", [.., var other] => $"branch {other}" };
        }

        public int Number { get; }

        public string Name { get; }

        /// <summary>The steps from the first key, called m.</summary>
        public string Path { get; }

        /// <summary>The address of this number, counted from 0.</summary>
        public Address AddressAt(int index)
        {
            var network = descriptor.Network;
            var derived = keys.Value.Select(key => key.IsRanged ? key.Key.Child(index) : key.Key).ToList();
            switch (descriptor.Script)
            {
                case "pkh": return BitcoinAddresses.P2pkh(network, Hash160(derived[0].PublicKey));
                case "wpkh": return BitcoinAddresses.P2wpkh(network, Hash160(derived[0].PublicKey));
                case "sh(wpkh)": return BitcoinAddresses.P2sh(network, Hash160([0, 20, .. Hash160(derived[0].PublicKey)]));
                case "tr": return BitcoinAddresses.P2tr(network, derived[0].OutputKey);
            }

            var script = Multisig([.. derived.Select(key => key.PublicKey)]);
            return descriptor.Script[..3] switch
            {
                "wsh" => BitcoinAddresses.P2wsh(network, SHA256.HashData(script)),
                _ when descriptor.Script.StartsWith("sh(wsh", StringComparison.Ordinal) =>
                    BitcoinAddresses.P2sh(network, Hash160([0, 32, .. SHA256.HashData(script)])),
                _ => BitcoinAddresses.P2sh(network, Hash160(script)),
            };
        }

        // BIP67: the keys as they are written, in the order of their bytes.
        private byte[] Multisig(byte[][] publicKeys)
        {
            if (descriptor.Script.Contains("sorted", StringComparison.Ordinal))
                Array.Sort(publicKeys, (one, other) => one.AsSpan().SequenceCompareTo(other));
            const byte checkMultisig = 0xae;
            return [.. Number1To20(descriptor.threshold), .. publicKeys.SelectMany(key => key.Prepend((byte)key.Length)),
                .. Number1To20(publicKeys.Length), checkMultisig];
        }

        // OP_1 to OP_16; above that a push of one byte.
        private static byte[] Number1To20(int number) => number <= 16 ? [(byte)(0x50 + number)] : [1, (byte)number];

        private static byte[] Hash160(byte[] data) => Hashes.RIPEMD160(SHA256.HashData(data));
    }
}
