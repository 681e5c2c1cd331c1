using Portfolio.Feed.Channels;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class ReadPositions
{
    [Theory]
    [InlineData("0:0", 0, 0)]
    [InlineData("0:1290", 0, 1290)]
    [InlineData("1798750000000001:7", 1798750000000001, 7)]
    public void what_is_written_is_read(string text, long epoch, long seq)
    {
        var position = FeedPosition.Parse(text).ShouldNotBeNull();
        (position.Epoch, position.Seq).ShouldBe((epoch, seq));
        position.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7")]
    [InlineData(":")]
    [InlineData("0:")]
    [InlineData(" 0:1")]
    [InlineData("+0:1")]
    [InlineData("0:-1")]
    [InlineData("0:1:2")]
    [InlineData("0:1.0")]
    [InlineData("0:9223372036854775808")]
    public void anything_else_is_none(string? text) => FeedPosition.Parse(text).ShouldBeNull();

    [Fact]
    public void every_kind_of_message_has_a_name_and_a_description()
    {
        FeedTypes.All.Select(kind => kind.Name).ShouldBe(FeedTypes.All.Select(kind => kind.Name).Order(StringComparer.Ordinal));
        FeedTypes.All.ShouldAllBe(kind => !string.IsNullOrWhiteSpace(kind.Description));
        FeedTypes.All.Select(kind => kind.Name).ShouldContain("deposit_update");
    }
}
