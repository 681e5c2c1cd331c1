using Providers;
using Shouldly;
using Sync.Chains;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>What is too much for a provider is asked in halves; what it answered is remembered, and grown again.</summary>
public sealed class AskingForLess
{
    private readonly ManualTime clock = new();
    private readonly List<int> asked = [];

    [Fact]
    public async Task what_is_too_much_is_halved_until_it_is_answered_and_remembered()
    {
        var size = new AskSize(1000, clock);
        (await Ask(size, takes: 100)).ShouldBe(62);
        asked.ShouldBe([1000, 500, 250, 125, 62]);
        asked.Clear();
        await Ask(size, takes: 100);
        asked.ShouldBe([62]);
    }

    [Fact]
    public async Task it_grows_again_after_a_while_and_no_further_than_it_was()
    {
        var size = new AskSize(8, clock);
        await Ask(size, takes: 2);
        foreach (var (expected, takes) in new[] { (2, 8), (4, 8), (8, 8), (8, 8) })
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            asked.Clear();
            await Ask(size, takes);
            asked.ShouldBe([expected]);
        }
    }

    [Fact]
    public async Task what_fails_at_one_too_was_not_too_much()
    {
        var size = new AskSize(8, clock);
        (await Should.ThrowAsync<ProviderException>(() => Ask(size, takes: 0))).Failure.ShouldBe(ProviderFailure.Unavailable);
        asked.ShouldBe([8, 4, 2, 1]);
        asked.Clear();
        await Ask(size, takes: 8);
        asked.ShouldBe([8], "others are asked for as much as before");
    }

    [Fact]
    public async Task who_takes_long_to_refuse_is_asked_on_by_the_next()
    {
        var size = new AskSize(8, clock);
        foreach (var expected in (int[][])[[8], [4], [2]])
        {
            asked.Clear();
            var answer = Ask(size, takes: 2, TimeSpan.FromSeconds(15));
            if (expected is [2]) await answer;
            else await Should.ThrowAsync<ProviderException>(() => answer);
            asked.ShouldBe(expected);
        }
    }

    [Fact]
    public async Task what_is_refused_for_another_reason_is_not_asked_again()
    {
        var size = new AskSize(8, clock);
        await Should.ThrowAsync<ProviderException>(() => size.AskAsync<int>(most =>
        {
            asked.Add(most);
            throw new ProviderException(ProviderFailure.BadAnswer, "explorer", "no");
        }));
        asked.ShouldBe([8]);
    }

    [Fact]
    public async Task few_questions_are_not_asked_in_fewer_for_their_limit()
    {
        var size = new AskSize(20, clock);
        await Should.ThrowAsync<ProviderException>(() => Ask(size, takes: 0, wanted: 1));
        asked.ShouldBe([1]);
    }

    private Task<int> Ask(AskSize size, int takes, TimeSpan lasts = default, int wanted = int.MaxValue) => size.AskAsync(most =>
    {
        asked.Add(most);
        clock.Advance(lasts);
        return most <= takes ? Task.FromResult(most)
            : throw new ProviderException(ProviderFailure.Unavailable, "explorer", "no answer within 10 s") { MayBeTooMuch = true };
    }, wanted);
}
