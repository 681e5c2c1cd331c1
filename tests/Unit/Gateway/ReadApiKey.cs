using Gateway;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Unit.Gateway;

public sealed class ReadApiKey
{
    [Fact]
    public void a_key_is_known_by_the_hash_of_its_text() =>
        // printf wt_test_0123456789abcdef | sha256sum, in base64url
        ApiKey.Parse("wt_test_0123456789abcdef").ShouldNotBeNull().Hash.ShouldBe("n7pBu9JqYC5ckZOe6QCdynQRZj_GjlFikdrLy-n_GTA");

    [Theory]
    [InlineData("")]
    [InlineData("wt_")]
    [InlineData("wt_test_short")]
    [InlineData("wt__0123456789abcdef")]
    [InlineData("sk_test_0123456789abcdef")]
    [InlineData("wt_test_0123456789abcdef ")]
    [InlineData("wt_test_0123456789abcdef\n")]
    [InlineData("wt_test_0123456789abcdéf")]
    [InlineData("wt_TEST_0123456789abcdef")]
    public void anything_else_is_not_a_key(string text) => ApiKey.Parse(text).ShouldBeNull();

    [Fact]
    public void an_endless_one_is_not_a_key() => ApiKey.Parse("wt_test_" + new string('a', 129)).ShouldBeNull();

    [Theory]
    [InlineData("Authorization", "Bearer wt_a_b", "wt_a_b")]
    [InlineData("Authorization", "bearer  wt_a_b ", "wt_a_b")]
    [InlineData("Authorization", "Basic abc", "Basic abc")]
    [InlineData("X-Api-Key", "wt_a_b", "wt_a_b")]
    [InlineData("Cookie", "wt_a_b", null)]
    public void it_comes_in_either_header(string header, string value, string? presented) =>
        ApiKey.Presented(new HeaderDictionary { [header] = value }).ShouldBe(presented);
}
