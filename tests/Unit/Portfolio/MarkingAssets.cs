using Chains;
using Portfolio.Assets;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class MarkingAssets
{
    private const string Other = "eip155:1/erc20:0x1111111111111111111111111111111111111111";
    private static readonly WellKnownTokens WellKnown = new(Networks.Shipped);

    [Fact]
    public void every_token_of_the_list_has_an_address_that_is_one_with_its_checksum()
    {
        var count = 0;
        using var file = typeof(WellKnownTokens).Assembly.GetManifestResourceStream("well-known-tokens.json")!;
        foreach (var (slug, tokens) in System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(file)!)
        {
            var network = Networks.Shipped.Find(slug).ShouldNotBeNull();
            foreach (var address in tokens.Keys)
            {
                Addresses.Parse(network, address).ShouldBeOfType<Address>(address).Text.ShouldBe(address);
                count++;
            }
        }

        count.ShouldBeGreaterThan(600);
    }

    [Theory]
    [InlineData("USDС")] // a Cyrillic С
    [InlineData("ＵＳＤＴ")]
    [InlineData("U​SDT")] // a space of no width
    [InlineData("usdt")]
    [InlineData("USD₮")]
    [InlineData("ΕΤΗ")] // Greek
    [InlineData("ЕТН")] // Cyrillic
    [InlineData("WBTC ")]
    [InlineData("LlNK")]
    [InlineData("DAÍ")]
    [InlineData("𝗨𝗦𝗗𝗖")]
    public void a_token_that_is_written_like_a_well_known_one_is_an_imitation_even_where_it_was_asked_for(string symbol) =>
        AssetMark.Of(new("ethereum", Other, symbol, Asked: true), WellKnown, null).ShouldNotBeNull().ShouldStartWith("spam: it is written like");

    [Theory]
    [InlineData("ethereum", "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7", "USDT")]
    [InlineData("ethereum", "eip155:1/slip44:60", "ETH")]
    [InlineData("solana", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/token:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "USDC")]
    public void what_is_on_the_list_counts_even_where_nobody_asked_for_it(string network, string asset, string symbol) =>
        AssetMark.Of(new(network, asset, symbol, Asked: false), WellKnown, null).ShouldBeNull();

    [Theory]
    [InlineData("Visit uni-gift.xyz to claim")]
    [InlineData("$ 5000 https://t.co")]
    [InlineData("AAVE.finance Reward")]
    public void an_advertisement_for_a_name_is_spam(string symbol) =>
        AssetMark.Of(new("ethereum", Other, symbol, Asked: true), WellKnown, null).ShouldBe(AssetMark.Advert);

    [Fact]
    public void any_other_token_counts_where_it_was_asked_for_and_the_user_has_the_last_word()
    {
        AssetMark.Of(new("ethereum", Other, "MINE", Asked: true), WellKnown, null).ShouldBeNull();
        AssetMark.Of(new("ethereum", Other, "MINE", Asked: false), WellKnown, null).ShouldBe(AssetMark.Unasked);
        AssetMark.Of(new("ethereum", Other, "USDC", Asked: false), WellKnown, "trusted").ShouldBeNull();
        AssetMark.Of(new("ethereum", "eip155:1/slip44:60", "ETH", Asked: true), WellKnown, "spam").ShouldBe(AssetMark.Judged);
    }
}
