using Chains;
using Shouldly;
using Sync;
using Sync.Chains;
using Sync.Following;
using Sync.Networks;
using Xunit;

namespace Unit.Sync;

/// <summary>What a follower does, without a chain.</summary>
public sealed class DecidingWhatToFollow
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(2, 1, ChainFamily.Evm, "Scan")]
    [InlineData(30, 4, ChainFamily.Evm, "Ask")]
    [InlineData(30, 5, ChainFamily.Evm, "Scan")]
    [InlineData(120, 39, ChainFamily.Utxo, "Ask")]
    [InlineData(120, 40, ChainFamily.Utxo, "Scan")]
    [InlineData(120, 10_000, ChainFamily.Utxo, "Scan")]
    [InlineData(1, 0, ChainFamily.Utxo, "PassOver")]
    public void the_cheaper_way_is_taken(long requests, long addresses, ChainFamily family, string way) =>
        FollowRules.ScanOrAsk(requests, addresses, family).ToString().ShouldBe(way);

    [Theory]
    [InlineData(1, ChainFamily.Evm)]
    [InlineData(30, ChainFamily.Evm)]
    [InlineData(120, ChainFamily.Utxo)]
    [InlineData(40_000, ChainFamily.Utxo)]
    public void who_counts_no_further_than_enough_decides_as_who_counts_all(long requests, ChainFamily family)
    {
        var enough = FollowRules.EnoughToScan(requests, family);
        for (var addresses = 0L; addresses <= enough + 3; addresses++)
            FollowRules.ScanOrAsk(requests, Math.Min(addresses, enough), family).ShouldBe(FollowRules.ScanOrAsk(requests, addresses, family));
    }

    [Fact]
    public async Task a_fork_is_found_at_any_depth_in_few_questions()
    {
        var tail = Enumerable.Range(0, 500).Select(n => new ChainTip(1_000 - n, $"{1_000 - n}")).ToList();
        for (var depth = 0; depth <= 500; depth++)
        {
            var asked = 0;
            var fork = await FollowRules.ForkAsync(tail, height =>
            {
                asked++;
                return Task.FromResult<string?>(height > 1_000 - depth ? "other" : $"{height}");
            });
            fork.ShouldBe(depth == 500 ? null : tail[depth], $"{depth}");
            asked.ShouldBeLessThanOrEqualTo(depth <= 2 ? depth + 2 : 20, $"{depth}");
        }
    }

    [Fact]
    public async Task a_tail_with_holes_leads_to_the_newest_block_that_is_held()
    {
        ChainTip[] tail = [new(90, "90"), new(70, "70"), new(20, "20")];
        (await FollowRules.ForkAsync(tail, height => Task.FromResult<string?>(height > 75 ? "other" : $"{height}"))).ShouldBe(tail[1]);
        (await FollowRules.ForkAsync([], _ => Task.FromResult<string?>(null))).ShouldBeNull();
    }

    [Fact]
    public void polling_takes_no_more_of_a_budget_than_its_part()
    {
        (TimeSpan, long)[] small = [(TimeSpan.FromSeconds(1), 5), (TimeSpan.FromDays(1), 1_440)];
        FollowRules.Pace(TimeSpan.FromSeconds(15), 2, 10, small).ShouldBe(TimeSpan.FromDays(1) * (2 * 100.0 / (10 * 1_440)));
        FollowRules.Pace(TimeSpan.FromSeconds(15), 2, 10, [(TimeSpan.FromSeconds(1), 50)]).ShouldBe(TimeSpan.FromSeconds(15));
        FollowRules.Pace(TimeSpan.FromSeconds(15), 2, 10, []).ShouldBe(TimeSpan.FromSeconds(15));
        FollowRules.PollEvery(Networks.Bitcoin, 15).ShouldBe(TimeSpan.FromSeconds(15));
        FollowRules.PollEvery(Networks.Ethereum, 15).ShouldBe(TimeSpan.FromSeconds(12));
        FollowRules.PollEvery(Networks.Ethereum with { BlockTime = TimeSpan.FromSeconds(2) }, 60)
            .ShouldBe(TimeSpan.FromSeconds(30), "one block of fifteen is a tip");
        FollowRules.PollEvery(Networks.Solana, 15).ShouldBe(TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData(100, 100, false)]
    [InlineData(100, 181, true)]
    [InlineData(9_001, 10, true)]
    [InlineData(8_999, 10, false)]
    public void late_is_who_stands_at_no_tip_or_sees_no_block(int advanced, int caughtUp, bool isLate) =>
        FollowRules.IsLate(
            new("bitcoin", 1, "a", 1, Coverage.Whole, Now.AddSeconds(-advanced), Now.AddSeconds(-caughtUp), null, null),
            TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(120), Now).ShouldBe(isLate);

    [Fact]
    public void checks_are_as_rare_as_what_is_followed_allows()
    {
        var options = new SyncOptions();
        var follower = new FollowerState("n", 1, "a", 1, Coverage.Whole, Now, Now, null, Now.AddHours(-1));
        Every(null).ShouldBe(120);
        Every(follower).ShouldBe(1_800);
        Every(follower with { Coverage = Coverage.Part }).ShouldBe(600);
        Every(follower with { Coverage = Coverage.None }).ShouldBe(120);
        Every(follower with { LateSince = Now }).ShouldBe(120);
        CheckPaces.Of("n", follower with { LateSince = Now }, options).Covered.ShouldBe(Now);
        CheckPaces.Of("n", follower, options).Covered.ShouldBe(DateTimeOffset.UnixEpoch);
        CheckPaces.Of("n", follower, options).AskedAt.ShouldBe(Now.AddHours(-1));
        options.CheckSeconds = 7_200;
        Every(follower).ShouldBe(7_200);

        double Every(FollowerState? of) => CheckPaces.Of("n", of, options).Every.TotalSeconds;
    }

    [Fact]
    public void options_that_cannot_be_are_refused()
    {
        var options = new SyncOptions
        {
            FollowedCheckSeconds = 0, PartlyFollowedCheckSeconds = 0, DroppedAfterSeconds = 0,
            Follow = new() { MostBlocks = 0, TailBlocks = 1, MostPollSeconds = 0, MempoolSeconds = -1, PendingSeconds = 0 },
        };
        options.Errors().ShouldBe(
        [
            "FollowedCheckSeconds must be 1 to 86400.", "PartlyFollowedCheckSeconds must be 1 to 86400.", "DroppedAfterSeconds must be 1 to 2592000.",
            "Follow:MostBlocks must be 1 to 100000.", "Follow:TailBlocks must be 10 to 10000.", "Follow:MostPollSeconds must be 1 to 600.",
            "Follow:MempoolSeconds must be 0 to 86400.", "Follow:PendingSeconds must be 1 to 3600.",
        ]);
    }
}
