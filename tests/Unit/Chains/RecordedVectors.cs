using System.IO.Compression;
using System.Text.Json;
using Chains;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Chains;

/// <summary>Every public vector: the valid are accepted on their network, the invalid refused with a reason.</summary>
public sealed class RecordedVectors
{
    [Fact]
    public void every_valid_key_of_bitcoin_core_is_accepted_on_its_network()
    {
        var (addresses, keys) = (0, 0);
        foreach (var vector in Json("key-io-valid.json"))
        {
            var (text, script, about) = (vector[0].GetString()!, vector[1].GetString()!, vector[2]);
            if (about.GetProperty("isPrivkey").GetBoolean())
            {
                foreach (var other in Configured.All.All.Where(network => network.Family is ChainFamily.Utxo))
                    Configured.All.Parse(other, text).ShouldBeOfType<AddressError>().Detail.ShouldContain("private key");
                keys++;
                continue;
            }

            var network = about.GetProperty("chain").GetString() switch
            {
                "main" => Networks.Bitcoin,
                "regtest" => Configured.Regtest,
                "signet" => Configured.Signet,
                // It spells addresses as testnet3 does.
                "testnet4" => Networks.BitcoinTestnet,
                var other => throw new NotSupportedException(other),
            };
            ShouldBeScript(network, text, script);
            if (about.TryGetProperty("tryCaseFlip", out var flip) && flip.GetBoolean())
                ShouldBeScript(network, text.Any(char.IsLower) ? text.ToUpperInvariant() : text.ToLowerInvariant(), script);

            var wrong = network == Networks.Bitcoin ? Networks.BitcoinTestnet : Networks.Bitcoin;
            Configured.All.Parse(wrong, text).ShouldBeOfType<AddressError>().ShouldSatisfyAllConditions(
                error => error.Code.ShouldBe(AddressErrors.Network),
                error => error.Detail.ShouldContain($" {network.Slug}"));
            if (text.StartsWith("bcrt", StringComparison.Ordinal))
            {
                Networks.Shipped.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().ShouldSatisfyAllConditions(
                    error => error.Code.ShouldBe(AddressErrors.Unknown),
                    error => error.Detail.ShouldContain("'bcrt'"));
            }

            addresses++;
        }

        (addresses, keys).ShouldBe((54, 16));
    }

    [Theory]
    [InlineData("key-io-invalid.json", 70)]
    [InlineData("nbitcoin-invalid.json", 50)]
    public void every_invalid_key_is_refused_with_a_reason(string file, int count)
    {
        var vectors = Json(file);

        vectors.Count.ShouldBe(count);
        foreach (var vector in vectors)
            foreach (var network in Configured.All.All)
                ShouldBeRefused(network, vector[0].GetString()!);
    }

    [Fact]
    public void every_valid_witness_key_of_nbitcoin_is_accepted()
    {
        var vectors = Json("nbitcoin-valid.json");

        vectors.Count.ShouldBe(4);
        foreach (var vector in vectors)
        {
            var program = vector[1].GetString()!;
            var network = vector[2].GetProperty("isTestnet").GetBoolean() ? Networks.BitcoinTestnet : Networks.Bitcoin;
            ShouldBeScript(network, vector[0].GetString()!, $"00{program.Length / 2:x2}{program}");
        }
    }

    [Fact]
    public void base58_is_bitcoin_cores()
    {
        var vectors = Json("base58.json");

        vectors.Count.ShouldBe(21);
        foreach (var vector in vectors)
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
        var vectors = Json("bip341.json");

        vectors.Count.ShouldBe(7);
        foreach (var vector in vectors)
        {
            var (key, script, text) = (vector[0].GetString()!, vector[1].GetString()!, vector[2].GetString()!);
            ShouldBeScript(Networks.Bitcoin, text, script);
            BitcoinAddresses.P2tr(Networks.Bitcoin, Convert.FromHexString(key)).Text.ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("bip173.json", 7, 12)]
    [InlineData("bip350.json", 7, 14)]
    public void every_bare_text_of_the_bips_passes_or_fails_its_checksum(string file, int valid, int invalid)
    {
        var lists = Lists(file);
        var (accepted, refused) = (lists["validTexts"], lists["invalidTexts"]);

        (accepted.Count, refused.Count).ShouldBe((valid, invalid));
        foreach (var text in accepted.Select(entry => entry.GetString()!))
            Configured.All.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Unknown, text);
        foreach (var text in refused.Select(entry => entry.GetString()!))
            Configured.All.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().Code.ShouldNotBe(AddressErrors.Unknown, text);
    }

    [Fact]
    public void every_witness_address_of_bip350_is_its_script_or_refused()
    {
        var lists = Lists("bip350.json");
        var (valid, invalid) = (lists["validAddresses"], lists["invalidAddresses"]);

        (valid.Count, invalid.Count).ShouldBe((8, 15));
        foreach (var (text, script) in valid.Select(entry => (entry[0].GetString()!, entry[1].GetString()!)))
            ShouldBeScript(text.StartsWith("tb", StringComparison.OrdinalIgnoreCase) ? Networks.BitcoinTestnet : Networks.Bitcoin, text, script);
        foreach (var text in invalid.Select(entry => entry.GetString()!))
            foreach (var network in Configured.All.All)
                ShouldBeRefused(network, text);
    }

    // BIP350 supersedes BIP173: from version 1 on, what was valid then is in the wrong encoding now.
    [Fact]
    public void every_witness_address_of_bip173_is_its_script_or_refused()
    {
        var lists = Lists("bip173.json");
        var (valid, invalid) = (lists["validAddresses"], lists["invalidAddresses"]);

        (valid.Count, invalid.Count).ShouldBe((6, 10));
        foreach (var (text, script) in valid.Select(entry => (entry[0].GetString()!, entry[1].GetString()!)))
        {
            var network = text.StartsWith("tb", StringComparison.OrdinalIgnoreCase) ? Networks.BitcoinTestnet : Networks.Bitcoin;
            if (script.StartsWith("00", StringComparison.Ordinal)) ShouldBeScript(network, text, script);
            else Configured.All.Parse(network, text).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Encoding);
        }

        foreach (var text in invalid.Select(entry => entry.GetString()!))
            foreach (var network in Configured.All.All)
                ShouldBeRefused(network, text);
    }

    [Fact]
    public void every_ethereum_account_is_spelled_as_eip_55_says()
    {
        var addresses = File.ReadAllLines(Vector("eip55.txt"));

        addresses.Length.ShouldBe(259);
        foreach (var text in addresses)
        {
            foreach (var spelling in new[] { text, "0x" + text[2..].ToLowerInvariant(), "0x" + text[2..].ToUpperInvariant() })
                Configured.All.Parse(Networks.Ethereum, spelling).ShouldBeOfType<Address>().Text.ShouldBe(text);

            var letter = text.AsSpan(2).IndexOfAnyInRange('a', 'f') + 2;
            var mistyped = $"{text[..letter]}{char.ToUpperInvariant(text[letter])}{text[(letter + 1)..]}";
            // One letter less may leave a single case, which carries no checksum.
            if (mistyped[2..].Any(char.IsAsciiLetterLower))
                Configured.All.Parse(Networks.Ethereum, mistyped).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Checksum);
        }
    }

    [Fact]
    public void every_solana_account_is_accepted_and_written_back()
    {
        var keys = File.ReadAllLines(Vector("solana.txt"));

        keys.Length.ShouldBe(531);
        foreach (var key in keys)
        {
            Configured.All.Parse(Networks.Solana, key).ShouldBeOfType<Address>().Text.ShouldBe(key);
            Configured.All.Parse(Networks.Bitcoin, key).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Network);
        }
    }

    [Fact]
    public void every_output_of_two_real_blocks_has_the_address_an_explorer_gave_it()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        using var file = new GZipStream(File.OpenRead(SharedData.PathOf("bitcoin", "testnet3-928848-928849.txs.jsonl.gz")),
            CompressionMode.Decompress);
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
        var address = Configured.All.Parse(network, text).ShouldBeOfType<Address>(text);
        Convert.ToHexStringLower(address.Script.AsSpan()).ShouldBe(script);
        BitcoinAddresses.FromScript(network, address.Script.AsSpan()).ShouldBe(address);
    }

    private static void ShouldBeRefused(Network network, string text)
    {
        var error = Configured.All.Parse(network, text).ShouldBeOfType<AddressError>($"{network}: {text}");
        error.Code.ShouldNotBe(AddressErrors.Network, $"{network}: {text}: {error.Detail}");
        error.Detail.ShouldNotBeEmpty();
    }

    private static string Vector(string file) => Path.Combine(Repository.Root, "tests", "Unit", "Chains", "Vectors", file);

    private static List<JsonElement> Json(string file) =>
        JsonSerializer.Deserialize<List<JsonElement>>(File.ReadAllBytes(Vector(file)))!;

    private static Dictionary<string, List<JsonElement>> Lists(string file) =>
        JsonSerializer.Deserialize<Dictionary<string, List<JsonElement>>>(File.ReadAllBytes(Vector(file)))!;
}
