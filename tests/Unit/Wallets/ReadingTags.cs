using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ReadingTags
{
    [Fact]
    public void tags_are_trimmed_and_each_is_there_once_whatever_its_case() =>
        Tags.Parse([" cold ", "Cold", "COLD", "größe", "Größe"]).ShouldBe(["cold", "größe"]);

    [Fact]
    public void none_left_out_is_not_the_same_as_an_empty_list()
    {
        Tags.ParseOptional(null).ShouldBeNull();
        Tags.ParseOptional([]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a;b", "tag-characters")]
    [InlineData("\u200b", "tag-empty")]
    [InlineData("a\u0007", "tag-characters")]
    public void what_is_no_tag_is_refused(string tag, string code) =>
        Should.Throw<DomainException>(() => Tags.Parse(["ok", tag])).Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(code), error => error.Pointer.ShouldBe("/tags/1"));
}
