using Chains;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets.Sources;

/// <summary>How descriptors are written (BIP380, BIP389), and why one is refused.</summary>
public sealed class ReadingDescriptors
{
    private const string Key = "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL";
    private const string Other = "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y";
    private const string Private = "xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc";

    [Fact]
    public void the_checksum_is_the_one_of_bip380() => DescriptorChecksum.Of("raw(deadbeef)").ShouldBe("89f8spxm");

    [Fact]
    public void a_character_that_no_descriptor_has_has_no_checksum() => DescriptorChecksum.Of("raw(Ü)").ShouldBeNull();

    [Fact]
    public void any_one_character_changed_is_noticed()
    {
        var right = $"wpkh({Key}/<0;1>/*)";
        var checksum = DescriptorChecksum.Of(right);
        for (var i = 0; i < right.Length; i++)
            DescriptorChecksum.Of($"{right[..i]}{(right[i] == '2' ? '3' : '2')}{right[(i + 1)..]}").ShouldNotBe(checksum);
    }

    [Theory]
    [InlineData("#")] // missing
    [InlineData("#{0}x")] // too long
    [InlineData("#{1}")] // too short
    [InlineData("##{1}")] // of others
    public void a_wrong_checksum_is_refused(string end)
    {
        var bare = $"wpkh({Key}/0/*)";
        var right = DescriptorChecksum.Of(bare)!;

        Descriptor.Parse(Networks.Bitcoin, $"{bare}#{right}").Text.ShouldBe($"{bare}#{right}");
        Refused(bare + string.Format(System.Globalization.CultureInfo.InvariantCulture, end, right, right[1..])).ShouldBe(NoSource.Checksum);
    }

    [Fact]
    public void what_is_written_in_many_ways_is_kept_in_one()
    {
        var kept = Descriptor.Parse(Networks.Bitcoin, $"wpkh([DEADBEEF/84'/0h/00']{Key}/<0;1>/*)").Text;

        kept.ShouldStartWith($"wpkh([deadbeef/84h/0h/00h]{Key}/<0;1>/*)#");
        Descriptor.Parse(Networks.Bitcoin, kept).Text.ShouldBe(kept);
    }

    [Theory]
    [InlineData("bitcoin", "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs",
        "wpkh(xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHPJ4ZeZXYVUhLv1VMrjPC7PW6V/<0;1>/*)#")]
    [InlineData("bitcoin-testnet", "upub5EFU65HtV5TeiSHmZZm7FUffBGy8UKeqp7vw43jYbvZPpoVsgU93oac7Wk3u6moKegAEWtGNF8DehrnHtv21XXEMYRUocHqguyjknFHYfgY",
        "sh(wpkh(tpub")]
    public void an_extended_key_alone_becomes_the_descriptor_of_its_script(string network, string key, string descriptor) =>
        Descriptor.OfKey(Networks.Shipped.Find(network)!, key).Text.ShouldStartWith(descriptor);

    [Theory]
    [InlineData("wpkh({K}/0)", NoSource.Single)]
    [InlineData("wpkh(0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600)", NoSource.Key)]
    [InlineData("wpkh({K}/3h/4h/5h/*)", NoSource.Hardened)]
    [InlineData("wpkh({K}/0/*')", NoSource.Hardened)]
    [InlineData("wpkh([deadbeef/0h/*]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeef/0h/]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbef/0h]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeeef/0h]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeef/0f]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeef/-0]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeef/0H]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([gaaaaaaa]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([aaaaaaaa][aaaaaaaa]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh(aaaaaaaa]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh([deadbeef])", NoSource.Key)]
    [InlineData("wpkh([deadbeef/2147483648h]{K}/0/*)", NoSource.Path)]
    [InlineData("wpkh({K}/2147483648/*)", NoSource.Path)]
    [InlineData("wpkh({K}/1aa/*)", NoSource.Key)]
    [InlineData("wpkh({K}/0/1/2/3/4/5/6/7/8/9/10/*)", NoSource.Path)]
    [InlineData("wpkh({K}/<0;1>/<2;3>/*)", NoSource.Path)]
    [InlineData("wpkh([deadbeef/<0;1>]{K}/0/*)", NoSource.Key)]
    [InlineData("wpkh({K}/<>/*)", NoSource.Key)]
    [InlineData("wpkh({K}/0>/*)", NoSource.Key)]
    [InlineData("wpkh({K}/<0/*)", NoSource.Key)]
    [InlineData("wpkh({K}/<0;>/*)", NoSource.Key)]
    [InlineData("wpkh({K}/<0;1;2;3;4;5;6;7;8;9;10>/*)", NoSource.Path)]
    [InlineData("wsh(sortedmulti(2,{K}/<0;1;2>/*,{O}/<3;4>/*))", NoSource.Path)]
    [InlineData("wsh(sortedmulti(3,{K}/0/*,{O}/0/*))", NoSource.Threshold)]
    [InlineData("wsh(sortedmulti(0,{K}/0/*,{O}/0/*))", NoSource.Threshold)]
    [InlineData("wsh(sortedmulti(a,{K}/0/*,{O}/0/*))", NoSource.Threshold)]
    [InlineData("tr({K}/0/*,pk({O}/0/*))", NoSource.Script)]
    [InlineData("sh(sh(wpkh({K}/0/*)))", NoSource.Script)]
    [InlineData("wsh(wpkh({K}/0/*))", NoSource.Script)]
    [InlineData("wsh(tr({K}/0/*))", NoSource.Script)]
    [InlineData("wpkh(wsh({K}/0/*))", NoSource.Script)]
    [InlineData("wpkh({K}/0/*,{O}/0/*)", NoSource.Script)]
    [InlineData("sh({K}/0/*)", NoSource.Script)]
    [InlineData("combo({K}/0/*)", NoSource.Script)]
    [InlineData("wpkh({K}/0/*", NoSource.Script)]
    [InlineData("wpkh({T}/0/*)", NoSource.Network)]
    public void what_cannot_be_followed_is_refused_with_its_reason(string descriptor, string code) => Refused(descriptor).ShouldBe(code);

    [Theory]
    [InlineData("wpkh({K}/<0;0>/*)")]
    [InlineData("tr({K}/<7;8;07>/*)")]
    [InlineData("sh(sortedmulti(1,{K}/<0;1>/*,{K}/<1;0>/*))")]
    public void branches_that_are_the_same_are_not_shown_as_two(string descriptor)
    {
        var inspected = Inspect.Of(Networks.Shipped, descriptor.Replace("{K}", Key, StringComparison.Ordinal), null);

        (inspected.Kind, inspected.Networks.Count, inspected.Branches.Count).ShouldBe(("descriptor", 0, 0));
        inspected.Detail.ShouldContain("same addresses");
    }

    [Fact]
    public void fifteen_keys_fit_a_script_hash_and_twenty_a_witness()
    {
        string Keys(int number) => $"1,{string.Join(',', Enumerable.Range(0, number).Select(each => $"{Key}/{each}/*"))}";

        Descriptor.Parse(Networks.Bitcoin, $"sh(sortedmulti({Keys(15)}))").Branches.ShouldHaveSingleItem();
        Descriptor.Parse(Networks.Bitcoin, $"wsh(sortedmulti({Keys(20)}))").Branches[0].AddressAt(0).Kind.ShouldBe(AddressKind.P2wsh);
        Refused($"sh(sortedmulti({Keys(16)}))").ShouldBe(NoSource.Threshold);
        Refused($"wsh(sortedmulti({Keys(21)}))").ShouldBe(NoSource.Threshold);
    }

    [Fact]
    public void a_chain_without_witness_addresses_has_none_of_a_witness_script() =>
        Refused($"wpkh({Key}/0/*)", Networks.Dogecoin).ShouldBe(NoSource.Network);

    [Theory]
    [InlineData(Private, PastedSecret.PrivateKey)]
    [InlineData("zprvAdG4iTXWBoARxkkzNpNh8r6Qag3irQB8PzEMkAFeTRXxHpbF9z4QgEvBRmfvqWvGp42t42nvgGpNgYSJA9iefm1yYNZKEm7z6qUWCroSQnE",
        PastedSecret.PrivateKey)]
    [InlineData("wpkh([deadbeef/0h]" + Private + "/0/*)", PastedSecret.PrivateKey)]
    [InlineData("wsh(sortedmulti(1," + Key + "/0/*," + Private + "/0/*))", PastedSecret.PrivateKey)]
    [InlineData("pkh(5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss)", PastedSecret.PrivateKey)]
    [InlineData("wpkh(L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1/*)", PastedSecret.PrivateKey)]
    [InlineData("xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafEz7mnzBBsz4wKY5fTtTQBm",
        PastedSecret.PrivateKey)]
    [InlineData("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", PastedSecret.SeedPhrase)]
    public void a_secret_is_called_one_and_not_repeated(string text, string kind)
    {
        var refused = Should.Throw<DomainException>(() => SourceText.Read(Networks.Shipped, Networks.Bitcoin, text));

        refused.Problem.Code.ShouldBe("secret-pasted");
        var error = refused.Errors.ShouldHaveSingleItem();
        (error.Pointer, error.Code).ShouldBe(("/text", kind));
        refused.Message.ShouldNotContain(text[..12]);

        var inspected = Inspect.Of(Networks.Shipped, text, null);
        inspected.Kind.ShouldBe("secret");
        System.Text.Json.JsonSerializer.Serialize(inspected).ShouldNotContain(text[8..20]);
    }

    private static string Refused(string descriptor, Network? network = null)
    {
        var text = descriptor.Replace("{K}", Key, StringComparison.Ordinal).Replace("{O}", Other, StringComparison.Ordinal).Replace(
            "{T}", "tpubD6NzVbkrYhZ4XgiXtGrdW5XDAPFCL9h7we1vwNCpn8tGbBcgfVYjXyhWo4E1xkh56hjod1RhGjxbaTLV3X4FyWuejifB9jusQ46QzG87VKp",
            StringComparison.Ordinal);
        var refused = Should.Throw<DomainException>(() => Descriptor.Parse(network ?? Networks.Bitcoin, text));
        refused.Message.ShouldNotContain(Key[5..25]);
        return refused.Errors.ShouldHaveSingleItem().Code;
    }
}
