using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class ReadingTimes
{
    private const string Day = "2026-01-31";
    private static readonly DateTimeOffset Midnight = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Auckland = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland");

    [Fact]
    public void a_range_of_days_holds_all_of_the_last_one()
    {
        Instant.ReadFrom(Day, "from").ShouldBe(Midnight);
        Instant.ReadUntil(Day, "to").ShouldBe(Midnight.AddDays(1));
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31T14:00:00+02:00")]
    public void an_instant_is_itself(string text)
    {
        Instant.ReadFrom(text, "from").ShouldBe(Midnight.AddHours(12));
        Instant.ReadUntil(text, "to").ShouldBe(Midnight.AddHours(12));
        Instant.ReadPast(text, "at", At(Midnight.AddDays(9))).ShouldBe(Midnight.AddHours(12));
    }

    [Fact]
    public void the_past_at_a_day_is_its_end_as_far_as_it_has_come()
    {
        Instant.ReadPast(Day, "at", At(Midnight.AddDays(9))).ShouldBe(Midnight.AddDays(1).AddMicroseconds(-1));
        Instant.ReadPast(Day, "at", At(Midnight.AddHours(7))).ShouldBe(Midnight.AddHours(7));
        Refusal(() => Instant.ReadPast(Day, "at", At(Midnight.AddHours(-7)))).ShouldContain("future");
    }

    [Fact]
    public void an_instants_day_is_that_of_the_time_zone()
    {
        Instant.ReadDay("2026-01-31T12:00:00Z", "from").ShouldBe(new DateOnly(2026, 1, 31));
        Instant.ReadDay("2026-01-31T12:00:00Z", "from", Auckland).ShouldBe(new DateOnly(2026, 2, 1));
        Instant.ReadDay(Day, "from", Auckland).ShouldBe(new DateOnly(2026, 1, 31));
    }

    [Theory]
    [InlineData("2026-1-31")]
    [InlineData("2026-02-30")]
    [InlineData("31.01.2026")]
    [InlineData("1899-12-31")]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("")]
    public void what_is_neither_is_refused_alike(string text)
    {
        Refusal(() => Instant.ReadFrom(text, "at"));
        Refusal(() => Instant.ReadUntil(text, "at"));
        Refusal(() => Instant.ReadPast(text, "at", At(Midnight)));
        Refusal(() => Instant.ReadDay(text, "at"));
    }

    [Fact]
    public void the_last_day_of_the_calendar_has_no_end() => Refusal(() => Instant.ReadUntil("9999-12-31", "at"));

    private static ManualTime At(DateTimeOffset now)
    {
        var time = new ManualTime();
        time.Advance(now - time.GetUtcNow());
        return time;
    }

    private static string Refusal(Func<object> read)
    {
        var refusal = Should.Throw<DomainException>(() => { read(); });
        (refusal.Problem.Code, refusal.Errors.ShouldHaveSingleItem().Pointer).ShouldBe(("invalid-parameter", "?at"));
        return refusal.Message;
    }
}
