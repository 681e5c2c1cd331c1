using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class ReadingTransactionIds
{
    [Theory]
    [InlineData("bitcoin", "AABBccddeeff00112233445566778899aabbccddeeff00112233445566778899", true)]
    [InlineData("bitcoin", "0xaabbccddeeff00112233445566778899aabbccddeeff00112233445566778899", false)]
    [InlineData("ethereum", "0xAAbbccddeeff00112233445566778899aabbccddeeff00112233445566778899", true)]
    [InlineData("ethereum", "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899", false)]
    [InlineData("solana", "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW", true)]
    [InlineData("solana", "11111111111111111111111111111111", false)]
    [InlineData("solana", "0OIl", false)]
    public void a_transactions_id_is_read_by_its_familys_form(string network, string text, bool good)
    {
        var known = Networks.Shipped.Find(network)!;
        var id = TransactionIds.Read(known, text);
        (id is not null).ShouldBe(good);
        if (good) id.ShouldBe(known.Family is ChainFamily.Solana ? text : text.ToLowerInvariant());
    }
}
