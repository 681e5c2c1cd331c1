using EventSourcing;
using Shouldly;
using Xunit;

namespace Unit.EventSourcing;

public sealed class NamingFacts
{
    /// <summary>Golden: another value would make every stored fact new again.</summary>
    [Theory]
    [InlineData("e3b0c442-98fc-8c14-9afb-f4c8996fb924")]
    [InlineData("b4d28243-dc1c-878d-9ea4-d4093cf8ae5d", "ledger")]
    [InlineData("f2939f90-3016-85bb-a9b1-e4a61cdbd376", "ab", "c")]
    [InlineData("b534ce16-ac9c-8b36-823f-39a395ce8e0e", "a", "bc")]
    [InlineData("c0bea559-5c17-8e96-9085-e6db42acb94b", "a", "bc", "")]
    [InlineData("0e239c88-26f0-8a99-860b-1cab0fa0ddd9", "\u20bf\U0001F9C0")]
    [InlineData("1fa84d9a-6a14-83cb-aa7c-dfab2dd51310", "01890000-0000-7000-8000-000000000001",
        "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16", "observed", "native", "0")]
    public void the_same_parts_are_the_same_id_for_ever(string id, params string[] parts) =>
        FactId.Of(parts).ShouldBe(Guid.Parse(id));

    [Fact]
    public void a_name_longer_than_the_stack_keeps_is_named_by_the_same_rule() =>
        FactId.Of(new string('x', 600)).ShouldBe(Guid.Parse("cb29471c-5842-8235-b705-76fc075da6e2"));

    [Fact]
    public void ids_are_version_8_of_the_common_variant()
    {
        var id = FactId.Of("any");

        id.Version.ShouldBe(8);
        (id.Variant & 0b1100).ShouldBe(0b1000);
    }
}
