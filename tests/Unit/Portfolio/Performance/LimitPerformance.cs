using Portfolio.Performance;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

public sealed class LimitPerformance
{
    [Theory]
    [InlineData(10_000, 20, true)]
    [InlineData(10_001, 1, false)]
    [InlineData(10_000, 21, false)]
    [InlineData(366, 546, true)]
    [InlineData(366, 547, false)]
    [InlineData(1, int.MaxValue, false)]
    public void days_and_days_of_assets_have_an_end(int days, int assets, bool told)
    {
        var ask = () => GetPerformance.RequireLittle(days, assets);
        if (told) ask.ShouldNotThrow();
        else ask.ShouldThrow<DomainException>().Problem.Code.ShouldBe("range-too-wide");
    }
}
