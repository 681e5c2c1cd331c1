using System.Text;
using System.Text.Json;
using Portfolio.Statements;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Statements;

public sealed class WritingCanonicalJson
{
    [Theory]
    [InlineData("{ \"b\" : [ 1, true, null ], \"a\" : {} }", "{\"a\":{},\"b\":[1,true,null]}")]
    [InlineData("""{"text":"\u20ac\u0024\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}""", "{\"text\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}")]
    [InlineData("""{"inside":{"digest":"stays"},"digest":"goes","signature":{}}""", """{"inside":{"digest":"stays"}}""")]
    public void content_has_one_spelling(string json, string canonical)
    {
        using var document = JsonDocument.Parse(json);
        Encoding.UTF8.GetString(CanonicalJson.ContentOf(document.RootElement)).ShouldBe(canonical);
    }

    [Theory]
    [InlineData("""{"a":1.5}""")]
    [InlineData("""{"a":1e3}""")]
    [InlineData("""{"a":9007199254740993}""")]
    [InlineData("""{"a":1,"a":2}""")]
    public void what_two_readers_may_read_differently_has_none(string json)
    {
        using var document = JsonDocument.Parse(json);
        Should.Throw<FormatException>(() => CanonicalJson.ContentOf(document.RootElement));
    }
}
