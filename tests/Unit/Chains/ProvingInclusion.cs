using Chains;
using Chains.Proofs;
using ChainSimulator.World;
using CsCheck;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Chains;

public sealed class ProvingInclusion
{
    private static readonly Lazy<IReadOnlyList<RecordedTransaction>> Recorded = new(RecordedBlocks.Read);

    [Fact]
    public void every_transaction_of_two_real_blocks_is_proved_to_be_there_and_nowhere_else()
    {
        SkipWithoutData();
        Recorded.Value.Count.ShouldBe(676 + 993);
        var other = Recorded.Value.GroupBy(one => one.BlockHash).Select(block => block.Key).ToList();
        foreach (var one in Recorded.Value)
        {
            one.Proof.WhyWrong(one.Txid, one.BlockHash).ShouldBeNull();
            one.Proof.WhyWrong(one.Txid, other.First(hash => hash != one.BlockHash)).ShouldNotBeNull();
        }

        var header = BlockHeader.Read(Recorded.Value[0].Proof.Header)!;
        (header.MeetsItsTarget, header.Time.ToUnixTimeSeconds()).ShouldBe((true, Recorded.Value[0].Time));
        header.ExpectedWork.GetBitLength().ShouldBe(55, "a difficulty of 8,340,627 times 2^32");
    }

    [Fact]
    public void a_header_that_asks_for_less_work_than_the_network_ever_did_shows_none()
    {
        // Bits 0x207fffff: every other nonce is good enough for what such a header says itself.
        var bytes = new byte[BlockHeader.Length];
        (bytes[72], bytes[73], bytes[74], bytes[75]) = (0xff, 0xff, 0x7f, 0x20);
        for (var nonce = 0; nonce < 64; nonce++)
        {
            bytes[76] = (byte)nonce;
            BlockHeader.Read(Convert.ToHexStringLower(bytes))!.MeetsItsTarget.ShouldBeFalse();
        }
    }

    [Fact]
    public void what_a_real_transaction_pays_is_read_from_its_bytes()
    {
        SkipWithoutData();
        foreach (var one in Recorded.Value)
        {
            var raw = RawTransaction.Read(BlockProofs.RawOf(one.Facts)).ShouldNotBeNull();
            raw.Txid.ShouldBe(one.Txid);
            raw.Outputs.Select(output => (output.Value, Convert.ToHexStringLower([.. output.Script])))
                .ShouldBe(one.Facts.GetProperty("vout").EnumerateArray()
                .Select(output => (output.GetProperty("value").GetUInt64(), output.GetProperty("scriptpubkey").GetString()!)));
            raw.Spent.Select(coin => coin.Txid)
                .ShouldBe(one.Facts.GetProperty("vin").EnumerateArray().Select(input => input.GetProperty("txid").GetString()!));
        }
    }

    [Theory]
    [InlineData("0001", "0101aa")]
    [InlineData("0008", "00")]
    [InlineData("0009", "0101aa00")]
    [InlineData("0009", "0101aa0102030405060708")]
    public void what_stands_between_the_outputs_and_the_lock_time_is_no_part_of_the_id(string flags, string between)
    {
        var (version, coins, locked) = ("02000000", $"01{new string('1', 64)}0000000000ffffffff01e803000000000000025152", "07000000");
        var bare = RawTransaction.Read($"{version}{coins}{locked}").ShouldNotBeNull();

        var whole = RawTransaction.Read($"{version}{flags}{coins}{between}{locked}").ShouldNotBeNull();

        whole.Stripped.ShouldBe(bare.Stripped);
        (whole.Txid, whole.Outputs.Count, whole.Spent.Count).ShouldBe((bare.Txid, 1, 1));
        RawTransaction.Read($"{version}{flags}{coins}{locked}").ShouldBeNull("it says that there is more");
        RawTransaction.Read($"{version}0002{coins}{between}{locked}").ShouldBeNull("nobody knows what that is");
    }

    [Fact]
    public void a_proof_of_which_any_digit_is_another_proves_nothing()
    {
        SkipWithoutData();
        var gen = Gen.Select(Gen.Int[0, Recorded.Value.Count - 1], Gen.Int[0, 3], Gen.Int[0, 100_000], Gen.Int[1, 15]);
        gen.Sample((which, part, digit, by) =>
        {
            var one = Recorded.Value[which];
            var proof = part switch
            {
                0 => one.Proof with { Header = Changed(one.Proof.Header, digit, by) },
                1 => one.Proof with { Position = one.Proof.Position + by },
                2 => one.Proof with { Merkle = Changed(one.Proof.Merkle, digit, by) },
                _ => one.Proof with { Raw = Changed(one.Proof.Raw ?? "00", digit, by) },
            };
            proof.WhyWrong(one.Txid, one.BlockHash).ShouldNotBeNull();
        }, iter: 2_000);
    }

    [Fact]
    public void bytes_that_are_no_transaction_and_no_header_are_nothing() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var hex = Convert.ToHexStringLower(bytes);
        if (RawTransaction.Read(hex) is { } raw) raw.Stripped.Count.ShouldBeLessThanOrEqualTo(bytes.Length);
        (BlockHeader.Read(hex) is null).ShouldBe(bytes.Length != BlockHeader.Length);
        EvmHeader.Read(hex).ShouldBeNull();
        if (Rlp.Read(bytes) is { } item) item.Encoded.ShouldBe(bytes);
    });

    [Fact]
    public void an_item_has_one_encoding() => Gen.Byte.Array[0, 300].Array[0, 20].Sample(items =>
    {
        var encoded = Rlp.EncodeList(items.Select(item => Rlp.Encode(item)));
        var list = Rlp.Read(encoded).ShouldNotBeNull().Items.ShouldNotBeNull();
        list.Select(item => item.Bytes).ShouldBe(items);
        Rlp.Read([.. encoded, 0]).ShouldBeNull();
        // A byte below 128 stands for itself, and a length below 56 in its head.
        Rlp.Read([0x81, 0x05]).ShouldBeNull();
        Rlp.Read([0xb8, 0x01, 0x80]).ShouldBeNull();
    });

    [Fact]
    public void only_where_work_is_counted_by_sha256_does_a_header_show_it()
    {
        BlockHeader.ShowsWorkOf(Networks.Bitcoin).ShouldBeTrue();
        BlockHeader.ShowsWorkOf(Networks.BitcoinTestnet).ShouldBeTrue();
        BlockHeader.ShowsWorkOf(Networks.Litecoin).ShouldBeFalse();
    }

    private static List<string> Changed(IReadOnlyList<string> hashes, int digit, int by) =>
        [.. hashes.Select((hash, level) => level == digit % hashes.Count ? Changed(hash, digit, by) : hash)];

    private static string Changed(string hex, int digit, int by)
    {
        var place = digit % hex.Length;
        var changed = Convert.ToInt32(hex[place].ToString(), 16) ^ by;
        return $"{hex[..place]}{changed:x}{hex[(place + 1)..]}";
    }

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
}
