using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chains;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Chains;

public sealed partial class RecordedVectors
{
    [Fact]
    public void every_valid_key_of_bitcoin_core_is_accepted_on_its_network()
    {
        var count = 0;
        foreach (var vector in Json("core_key_io_valid.json"))
        {
            var (text, script, about) = (vector[0].GetString()!, vector[1].GetString()!, vector[2]);
            if (about.GetProperty("isPrivkey").GetBoolean())
            {
                foreach (var other in Networks.Known.Where(network => network.Family is ChainFamily.Utxo))
                    Addresses.Parse(other, text).ShouldBeOfType<AddressError>().Detail.ShouldContain("private key");
                continue;
            }

            // Testnet4 and signet spell addresses as testnet3 does.
            var network = about.GetProperty("chain").GetString() switch
            {
                "main" => Networks.Bitcoin,
                "regtest" => Networks.BitcoinRegtest,
                _ => Networks.BitcoinTestnet,
            };
            ShouldBeScript(network, text, script);
            if (about.TryGetProperty("tryCaseFlip", out var flip) && flip.GetBoolean())
                ShouldBeScript(network, text.Any(char.IsLower) ? text.ToUpperInvariant() : text.ToLowerInvariant(), script);

            var wrong = network == Networks.Bitcoin ? Networks.BitcoinTestnet : Networks.Bitcoin;
            Addresses.Parse(wrong, text).ShouldBeOfType<AddressError>().ShouldSatisfyAllConditions(
                error => error.Code.ShouldBe(AddressErrors.Network),
                error => error.Detail.ShouldContain($" {network.Slug}"));
            count++;
        }

        count.ShouldBe(54);
    }

    [Theory]
    [InlineData("core_key_io_invalid.json", 70)]
    [InlineData("nbitcoin_base58_keys_invalid.json", 50)]
    public void every_invalid_key_is_refused_with_a_reason(string file, int count)
    {
        var vectors = Json(file);

        vectors.Count.ShouldBe(count);
        foreach (var vector in vectors)
            foreach (var network in Networks.Known)
                ShouldBeRefused(network, vector[0].GetString()!);
    }

    [Fact]
    public void every_valid_witness_key_of_nbitcoin_is_accepted()
    {
        foreach (var vector in Json("nbitcoin_base58_keys_valid2.json"))
        {
            var program = vector[1].GetString()!;
            var network = vector[2].GetProperty("isTestnet").GetBoolean() ? Networks.BitcoinTestnet : Networks.Bitcoin;
            ShouldBeScript(network, vector[0].GetString()!, $"00{program.Length / 2:x2}{program}");
        }
    }

    [Fact]
    public void base58_is_bitcoin_cores()
    {
        foreach (var vector in Json("core_base58_encode_decode.json"))
        {
            var bytes = Convert.FromHexString(vector[0].GetString()!);
            var text = vector[1].GetString()!;
            Base58Check.EncodeUnchecked(bytes).ShouldBe(text);
            Base58Check.DecodeUnchecked(text).ShouldBe(bytes);
        }
    }

    [Fact]
    public void every_taproot_output_of_bip341_is_the_address_it_names()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Vector("core_bip341_wallet_vectors.json")));
        var vectors = document.RootElement.GetProperty("scriptPubKey").EnumerateArray().ToList();

        vectors.Count.ShouldBeGreaterThan(0);
        foreach (var vector in vectors)
        {
            var expected = vector.GetProperty("expected");
            ShouldBeScript(Networks.Bitcoin, expected.GetProperty("bip350Address").GetString()!, expected.GetProperty("scriptPubKey").GetString()!);
            BitcoinAddresses.P2tr(Networks.Bitcoin, Convert.FromHexString(vector.GetProperty("intermediary").GetProperty("tweakedPubkey").GetString()!))
                .Text.ShouldBe(expected.GetProperty("bip350Address").GetString());
        }
    }

    [Theory]
    [InlineData("bip-0173.mediawiki", 7, 12)]
    [InlineData("bip-0350.mediawiki", 7, 14)]
    public void every_bare_text_of_the_bips_passes_or_fails_its_checksum(string file, int valid, int invalid)
    {
        var (accepted, refused) = (Listed(file, "strings? are valid Bech32"), Listed(file, "string are not valid Bech32"));

        (accepted.Count, refused.Count).ShouldBe((valid, invalid));
        foreach (var (text, _) in accepted)
            Addresses.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Unknown, text);
        foreach (var (text, _) in refused)
            Addresses.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().Code.ShouldNotBe(AddressErrors.Unknown, text);
    }

    [Fact]
    public void every_witness_address_of_bip350_is_its_script_or_refused()
    {
        var (valid, invalid) = (Listed("bip-0350.mediawiki", "gives valid segwit"), Listed("bip-0350.mediawiki", "gives invalid segwit"));

        (valid.Count, invalid.Count).ShouldBe((8, 15));
        foreach (var (text, script) in valid)
            ShouldBeScript(text.StartsWith("tb", StringComparison.OrdinalIgnoreCase) ? Networks.BitcoinTestnet : Networks.Bitcoin, text, script);
        foreach (var (text, _) in invalid)
            foreach (var network in Networks.Known)
                ShouldBeRefused(network, text);
    }

    // BIP350 supersedes BIP173: from version 1 on, what was valid then is in the wrong encoding now.
    [Fact]
    public void every_witness_address_of_bip173_is_its_script_or_refused()
    {
        var (valid, invalid) = (Listed("bip-0173.mediawiki", "gives valid segwit"), Listed("bip-0173.mediawiki", "gives invalid segwit"));

        (valid.Count, invalid.Count).ShouldBe((6, 10));
        foreach (var (text, script) in valid)
        {
            var network = text.StartsWith("tb", StringComparison.OrdinalIgnoreCase) ? Networks.BitcoinTestnet : Networks.Bitcoin;
            if (script.StartsWith("00", StringComparison.Ordinal)) ShouldBeScript(network, text, script);
            else Addresses.Parse(network, text).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Encoding);
        }

        foreach (var (text, _) in invalid)
            foreach (var network in Networks.Known)
                ShouldBeRefused(network, text);
    }

    [Fact]
    public void every_ethereum_account_is_spelled_as_eip_55_says()
    {
        using var file = new GZipStream(File.OpenRead(Vector("ethers_accounts.json.gz")), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(file);
        var addresses = document.RootElement.EnumerateArray().Select(account => account.GetProperty("address").GetString()!).ToList();

        addresses.Count.ShouldBe(259);
        foreach (var text in addresses)
        {
            foreach (var spelling in new[] { text, "0x" + text[2..].ToLowerInvariant(), "0x" + text[2..].ToUpperInvariant() })
                Addresses.Parse(Networks.Ethereum, spelling).ShouldBeOfType<Address>().Text.ShouldBe(text);

            var letter = text.AsSpan(2).IndexOfAnyInRange('a', 'f') + 2;
            var mistyped = $"{text[..letter]}{char.ToUpperInvariant(text[letter])}{text[(letter + 1)..]}";
            // One letter less may leave a single case, which carries no checksum.
            if (mistyped[2..].Any(char.IsAsciiLetterLower))
                Addresses.Parse(Networks.Ethereum, mistyped).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Checksum);
        }
    }

    [Fact]
    public void every_solana_account_is_accepted_and_written_back()
    {
        var keys = File.ReadAllLines(Vector("solana_pubkeys_seen.txt"));

        keys.Length.ShouldBe(531);
        foreach (var key in keys)
        {
            Addresses.Parse(Networks.Solana, key).ShouldBeOfType<Address>().Text.ShouldBe(key);
            Addresses.Parse(Networks.Bitcoin, key).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Network);
        }
    }

    [Fact]
    public void every_output_of_two_real_blocks_has_the_address_an_explorer_gave_it()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        using var file = new GZipStream(File.OpenRead(SharedData.PathOf("bitcoin", "testnet3-928848-928849.txs.jsonl.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(file);
        var addresses = new HashSet<string>();
        var without = 0;
        while (lines.ReadLine() is { } line)
        {
            using var transaction = JsonDocument.Parse(line);
            foreach (var output in transaction.RootElement.GetProperty("vout").EnumerateArray())
            {
                var script = output.GetProperty("scriptpubkey").GetString()!;
                var expected = output.TryGetProperty("scriptpubkey_address", out var given) ? given.GetString() : null;
                (BitcoinAddresses.FromScript(Networks.BitcoinTestnet, Convert.FromHexString(script))?.Text).ShouldBe(expected);
                if (expected is null) without++;
                else if (addresses.Add(expected)) ShouldBeScript(Networks.BitcoinTestnet, expected, script);
            }
        }

        (addresses.Count, without).ShouldBe((1_717, 31));
    }

    private static void ShouldBeScript(Network network, string text, string script)
    {
        var address = Addresses.Parse(network, text).ShouldBeOfType<Address>(text);
        Convert.ToHexStringLower(address.Script.AsSpan()).ShouldBe(script);
        BitcoinAddresses.FromScript(network, address.Script.AsSpan()).ShouldBe(address);
    }

    private static void ShouldBeRefused(Network network, string text)
    {
        var error = Addresses.Parse(network, text).ShouldBeOfType<AddressError>($"{network}: {text}");
        error.Code.ShouldNotBe(AddressErrors.Network, $"{network}: {text}: {error.Detail}");
        error.Detail.ShouldNotBeEmpty();
    }

    private static string Vector(string file)
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        return SharedData.PathOf("vectors", file);
    }

    private static List<JsonElement> Json(string file) =>
        JsonSerializer.Deserialize<List<JsonElement>>(File.ReadAllBytes(Vector(file)))!;

    /// <summary>The bullets under the first line that matches: an optional 0xNN before or behind a text, and what follows the colon.</summary>
    private static List<(string Text, string Note)> Listed(string file, string heading) =>
    [
        .. File.ReadLines(Vector(file))
            .SkipWhile(line => !Regex.IsMatch(line, heading))
            .Skip(1)
            .SkipWhile(line => !line.StartsWith('*'))
            .TakeWhile(line => line.StartsWith('*'))
            .Select(line => Bullet.Match(line))
            .Select(bullet => (Byte(bullet.Groups["before"]) + bullet.Groups["text"].Value + Byte(bullet.Groups["behind"]), bullet.Groups["rest"].Value)),
    ];

    private static string Byte(Group hex) =>
        hex.Success ? ((char)Convert.ToByte(hex.Value, 16)).ToString() : "";

    [GeneratedRegex(@"^\* (0x(?<before>\w\w) \+ )?<tt>(?<text>[^<]+)</tt>( \+ 0x(?<behind>\w\w))?(: (<tt>)?(?<rest>[^<]*))?")]
    private static partial Regex Bullet { get; }
}
