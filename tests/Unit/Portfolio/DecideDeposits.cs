using System.Numerics;
using Chains;
using EventSourcing;
using Portfolio.Deposits;
using Portfolio.Feed;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

/// <summary>What was told of a deposit, what is by now, and what is told then.</summary>
public sealed class DecideDeposits
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly Asset Coin = Networks.Bitcoin.Native;
    private static readonly DepositKey Key = new(Id(1), Id(2), Id(3), Id(4), "bitcoin", "bc1q", "tx", Coin.Caip19);

    [Fact]
    public void a_payment_that_waits_is_told_once()
    {
        var told = Given().When(Pending(5)).Then("deposit_update pending 0/3");
        told.When(Pending(5)).Then();
    }

    [Fact]
    public void what_waited_is_in_a_block_counts_with_each_tip_and_completes() =>
        Given(Pending(5))
            .When(InBlock(100, tip: 99)).Then("deposit_update processing 1/3")
            .When(InBlock(100, tip: 100)).Then()
            .When(InBlock(100, tip: 101)).Then("confirmation_update processing 2/3")
            .When(InBlock(100, tip: 102)).Then("deposit_completed completed 3/3")
            .When(InBlock(100, tip: 103)).Then();

    [Fact]
    public void tips_that_nobody_heard_of_are_not_told_one_by_one() =>
        Given(InBlock(100, tip: 100)).When(InBlock(100, tip: 120)).Then("deposit_completed completed 21/3");

    [Fact]
    public void a_payment_met_deep_in_the_chain_is_told_and_complete() =>
        Given().When(InBlock(100, tip: 200)).Then("deposit_update processing 101/3", "deposit_completed completed 101/3");

    [Fact]
    public void a_tip_that_goes_back_counts_back_and_completes_nothing_twice()
    {
        Given(InBlock(100, tip: 101)).When(InBlock(100, tip: 100)).Then("confirmation_update processing 1/3")
            .When(InBlock(100, tip: 101)).Then("confirmation_update processing 2/3");
        Given(InBlock(100, tip: 102)).When(InBlock(100, tip: 100)).Then().When(InBlock(100, tip: 102)).Then();
    }

    [Fact]
    public void the_same_number_after_another_one_is_another_fact()
    {
        var (first, second) = (Given(InBlock(100, tip: 100)), Given(InBlock(100, tip: 100), InBlock(100, tip: 101), InBlock(100, tip: 100)));
        var ids = new[] { first.When(InBlock(100, tip: 101)).Ids, second.When(InBlock(100, tip: 101)).Ids }.SelectMany(all => all).ToList();
        ids.Distinct().Count().ShouldBe(2);
        first.When(InBlock(100, tip: 101)).Ids.ShouldBe([ids[0]], "and the same fact has the same name wherever it is told");
    }

    [Fact]
    public void what_is_mined_again_in_another_block_counts_anew() =>
        Given(InBlock(100, tip: 101)).When(InBlock(101, tip: 101)).Then("deposit_update processing 1/3")
            .When(InBlock(101, tip: 101, hash: "other")).Then("deposit_update processing 1/3");

    [Fact]
    public void a_block_that_gets_its_name_later_is_no_other_block()
    {
        var told = Given(InBlock(100, tip: 100, hash: null)).When(InBlock(100, tip: 100, hash: "named")).Then();
        told.Deposit.BlockHash.ShouldBe("named");
        told.When(InBlock(100, tip: 100, hash: null)).Then().Deposit.BlockHash.ShouldBe("named");
    }

    [Fact]
    public void a_completed_payment_out_of_the_chain_names_the_message_that_it_takes_back()
    {
        var completed = Given(InBlock(100, tip: 101)).When(InBlock(100, tip: 102));
        var orphaned = completed.When(Orphaned()).Then("deposit_orphaned orphaned 0/3");
        orphaned.Messages.Single().ShouldBeOfType<FeedMessage.DepositOrphaned>().Cancels.ShouldBe(completed.Ids.Single());
        orphaned.Deposit.CompletedAt.ShouldBeNull();
        orphaned.When(Orphaned()).Then();
    }

    [Fact]
    public void an_uncompleted_one_names_the_last_message_about_it()
    {
        var processing = Given(InBlock(100, tip: 100)).When(InBlock(100, tip: 101));
        processing.When(Orphaned()).Messages.Single().ShouldBeOfType<FeedMessage.DepositOrphaned>().Cancels.ShouldBe(processing.Ids.Single());
    }

    [Fact]
    public void a_completion_that_was_taken_back_is_not_taken_back_again()
    {
        var again = Given(InBlock(100, tip: 102), Orphaned()).When(InBlock(103, tip: 103));
        again.When(Orphaned()).Messages.Single().ShouldBeOfType<FeedMessage.DepositOrphaned>().Cancels.ShouldBe(again.Ids.Single());
    }

    [Fact]
    public void what_comes_back_goes_all_the_way_again() =>
        Given(InBlock(100, tip: 102), Orphaned())
            .When(Pending(5)).Then("deposit_update pending 0/3")
            .When(InBlock(103, tip: 103)).Then("deposit_update processing 1/3")
            .When(InBlock(103, tip: 105)).Then("deposit_completed completed 3/3");

    [Fact]
    public void that_it_was_out_of_the_chain_is_said_though_nobody_looked_meanwhile()
    {
        Given(InBlock(100, tip: 101)).When(Pending(5)).Then("deposit_orphaned orphaned 0/3", "deposit_update pending 0/3");
        Given(InBlock(100, tip: 102)).When(InBlock(102, tip: 103)).Then("deposit_orphaned orphaned 0/3", "deposit_update processing 2/3");
        Given(InBlock(100, tip: 102)).When(InBlock(101, tip: 103)).Then("deposit_update completed 3/3");
        Given(InBlock(100, tip: 102)).When(Ended(Whereabouts.Replaced)).Then("deposit_orphaned orphaned 0/3", "deposit_replaced replaced 0/3");
    }

    [Fact]
    public void a_replaced_payment_names_its_successor()
    {
        var replaced = Given(Pending(5)).When(Ended(Whereabouts.Replaced)).Then("deposit_replaced replaced 0/3");
        replaced.Messages.Single().ShouldBeOfType<FeedMessage.DepositReplaced>().ReplacedBy.ShouldBe("successor");
        replaced.When(InBlock(100, tip: 100)).Then("deposit_update processing 1/3").Deposit.ReplacedBy.ShouldBeNull();
    }

    [Fact]
    public void a_dropped_payment_may_come_back() =>
        Given(Pending(5)).When(Ended(Whereabouts.Dropped)).Then("deposit_dropped dropped 0/3")
            .When(Ended(Whereabouts.Dropped)).Then()
            .When(Pending(5)).Then("deposit_update pending 0/3");

    [Fact]
    public void a_late_movement_changes_the_amount_that_was_told()
    {
        Given(InBlock(100, tip: 100)).When(InBlock(100, tip: 100, amount: 8)).Then("deposit_update processing 1/3").Deposit.Amount.ShouldBe(8);
        Given(InBlock(100, tip: 102)).When(InBlock(100, tip: 102, amount: 8)).Then("deposit_update completed 3/3");
        Given(InBlock(100, tip: 102)).When(InBlock(100, tip: 102, amount: -1)).Then("deposit_orphaned orphaned 0/3")
            .When(InBlock(100, tip: 103, amount: -1)).Then();
    }

    [Fact]
    public void a_greater_amount_may_need_more_confirmations() =>
        Given(InBlock(100, tip: 101)).When(InBlock(100, tip: 102, amount: 8) with { Required = 6 }).Then("deposit_update processing 3/6")
            .When(InBlock(100, tip: 105, amount: 8) with { Required = 6 }).Then("deposit_completed completed 6/6");

    [Fact]
    public void what_lay_in_the_chain_before_is_complete_and_told_to_nobody()
    {
        var old = Given().When(InBlock(100, tip: 100) with { IsNews = false }).Then();
        (old.Deposit.Status, old.Deposit.CompletedAt).ShouldBe(("completed", Noon));
        old.When(InBlock(100, tip: 107) with { IsNews = false }).Then();
        old.When(InBlock(100, tip: 107, amount: 9) with { IsNews = false }).Then().Deposit.Amount.ShouldBe(9);
        var orphaned = old.When(Orphaned()).Then("deposit_orphaned orphaned 0/3");
        orphaned.Messages.Single().ShouldBeOfType<FeedMessage.DepositOrphaned>().Cancels.ShouldBeNull();
        orphaned.When(InBlock(101, tip: 101)).Then("deposit_update processing 1/3");
    }

    [Fact]
    public void what_waited_when_it_was_met_is_told_wherever_its_block_is() =>
        Given(Pending(5)).When(InBlock(100, tip: 100) with { IsNews = false }).Then("deposit_update processing 1/3");

    [Fact]
    public void what_was_never_told_ends_without_a_word()
    {
        foreach (var end in new[] { Orphaned(), Ended(Whereabouts.Replaced), Ended(Whereabouts.Dropped), Pending(-5), InBlock(100, 100, amount: 0) })
        {
            var (next, messages) = Deposit.Decide(null, Key, end, Coin);
            (next, messages.Count).ShouldBe((null, 0));
        }
    }

    [Fact]
    public void every_message_says_all_of_the_deposit()
    {
        var message = Given().When(InBlock(100, tip: 100)).Messages.Single().ShouldBeOfType<FeedMessage.DepositUpdate>();
        (message.WalletId, message.AddressId, message.DepositId, message.Txid).ShouldBe((Key.WalletId, Key.AddressId, Key.Id, "tx"));
        (message.Amount!.Display, message.Asset, message.Height, message.BlockHash).ShouldBe(("0.00000005", Coin.Caip19, 100, "hash 100"));
        (message.Confirmations, message.Required, message.OccurredAt).ShouldBe((1, 3, Noon));
    }

    private static Guid Id(byte last) => new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);

    private static Sighting Pending(long amount) => new(Whereabouts.Pending, amount, 3, Noon, Noon.AddMinutes(1));

    private static Sighting InBlock(long height, long tip, BigInteger? amount = null, string? hash = "of its height") =>
        new(Whereabouts.InBlock, amount ?? 5, 3, Noon, Noon.AddMinutes(1))
        {
            Height = height,
            BlockHash = hash is "of its height" ? $"hash {height}" : hash,
            Tip = tip,
            IsNews = true,
        };

    private static Sighting Orphaned() => new(Whereabouts.Orphaned, 5, 3, Noon, Noon.AddMinutes(1)) { Height = 100 };

    private static Sighting Ended(Whereabouts how) => new(how, 5, 3, Noon, Noon.AddMinutes(1)) { ReplacedBy = "successor" };

    private static Story Given(params Sighting[] seen) => seen.Aggregate(new Story(null, []), (story, sighting) => story.When(sighting));

    private sealed record Story(Deposit? Told, IReadOnlyList<NewEvent> Events)
    {
        public Deposit Deposit => Told.ShouldNotBeNull();

        public IReadOnlyList<Guid> Ids => [.. Events.Select(e => e.Id)];

        public IReadOnlyList<DepositMessage> Messages => [.. Events.Select(e => (DepositMessage)e.Data)];

        public Story When(Sighting now)
        {
            var (next, messages) = Deposit.Decide(Told, Key, now, Coin);
            return new(next, messages);
        }

        public Story Then(params string[] told)
        {
            Messages.Select(message =>
                $"{EventTypes.AliasOf(message.GetType())} {message.Status} {message.Confirmations}/{message.Required}").ShouldBe(told);
            return this;
        }
    }
}
