using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class HostileAddresses
{
    private const string Characters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    private static readonly string[] Seeds =
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
        "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "12hWR4XhwfmjMcJ2ykfwcVVbP1mW7Cdu7LUqdzzYar8m", "bc1", "11111", "ltc1",
    ];

    [Fact]
    public void no_text_whatever_is_more_than_an_error()
    {
        var random = new Random(20_120_916);
        for (var round = 0; round < 3_000; round++)
        {
            var text = Mangle(random, Seeds[random.Next(Seeds.Length)]);
            foreach (var network in Networks.Shipped.All) Networks.Shipped.Parse(network, text).ShouldNotBeNull();
        }
    }

    [Fact]
    public void what_is_accepted_is_written_back_as_it_was_read()
    {
        var random = new Random(1_729);
        for (var round = 0; round < 1_000; round++)
        {
            var text = Mangle(random, Seeds[random.Next(Seeds.Length)]);
            foreach (var network in Networks.Shipped.All)
                if (Networks.Shipped.Parse(network, text) is Address address)
                    Networks.Shipped.Parse(network, address.Text).ShouldBe(address);
        }
    }

    [Fact]
    public void a_megabyte_is_refused_by_its_length()
    {
        foreach (var network in Networks.Shipped.All)
            Networks.Shipped.Parse(network, new string('z', 1_000_000)).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Length);
    }

    // BIP173: the checksum detects any error of at most four characters.
    [Fact]
    public void up_to_four_wrong_characters_of_a_witness_address_are_always_noticed()
    {
        var random = new Random(173);
        foreach (var valid in new[] { Seeds[1], Seeds[2] })
        {
            var network = valid.StartsWith("bc", StringComparison.Ordinal) ? Networks.Bitcoin : Networks.BitcoinTestnet;
            for (var round = 0; round < 1_000; round++)
            {
                var text = valid.ToCharArray();
                for (var i = random.Next(1, 5); i > 0; i--) text[random.Next(3, text.Length)] = Characters[random.Next(32)];
                var mistyped = new string(text);
                if (mistyped == valid) continue;
                Networks.Shipped.Parse(network, mistyped).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Checksum);
            }
        }
    }

    private static string Mangle(Random random, string seed)
    {
        var text = new List<char>(seed);
        for (var i = random.Next(0, 4); i > 0; i--)
        {
            var at = random.Next(text.Count + 1);
            var c = random.Next(4) is 0 ? (char)random.Next(char.MaxValue + 1) : (char)random.Next('!', '~' + 1);
            switch (random.Next(4))
            {
                case 0: text.Insert(at, c); break;
                case 1 when at < text.Count: text[at] = c; break;
                case 2 when at < text.Count: text.RemoveAt(at); break;
                default: text.AddRange(text.Take(at).ToArray()); break;
            }
        }

        return new string([.. text]);
    }
}
