using Chains;
using CsCheck;
using Portfolio.Assets;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class FindingPoisonedAddresses
{
    private const string Real = "0x52908400098527886E0F7030069857D2E4169EE7";
    private const string Fake = "0x529084aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa9EE7";

    [Fact]
    public void an_address_that_begins_and_ends_like_one_that_was_paid_before_imitates_it()
    {
        Poisoning.ImitatedBy(Networks.Ethereum, Fake, 20, [new(Real, 10)]).ShouldBe(Real);
        // The capitals of an account are a checksum only.
        Poisoning.ImitatedBy(Networks.Ethereum, Fake.ToLowerInvariant(), 20, [new(Real, 10)]).ShouldBe(Real);
        Poisoning.ImitatedBy(Networks.Ethereum, "0x52908400098527886E0F7030069857D2E4169EE8", 20, [new(Real, 10)]).ShouldBeNull();
    }

    [Fact]
    public void the_imitated_one_is_never_said_to_imitate_not_even_after_a_payment_went_astray()
    {
        Poisoning.ImitatedBy(Networks.Ethereum, Real, 40, [new(Real, 10), new(Fake, 30)]).ShouldBeNull();
        Poisoning.ImitatedBy(Networks.Ethereum, Fake, 40, [new(Real, 10), new(Fake, 30)]).ShouldBe(Real);
    }

    [Fact]
    public void who_was_paid_only_later_was_not_imitated() => Poisoning.ImitatedBy(Networks.Ethereum, Fake, 20, [new(Real, 20)]).ShouldBeNull();

    [Fact]
    public void what_all_addresses_of_a_network_begin_with_makes_nobody_look_alike()
    {
        const string paid = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        Poisoning.ImitatedBy(Networks.Bitcoin, "bc1q0000d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 20, [new(paid, 10)]).ShouldBeNull();
        Poisoning.ImitatedBy(Networks.Bitcoin, "bc1qw508qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqf3t4", 20, [new(paid, 10)]).ShouldBe(paid);
    }

    [Fact]
    public void of_two_that_look_alike_never_both_are_flagged() =>
        Gen.Select(Gen.Long[0, 9], Gen.Long[0, 9], Gen.Long[0, 9]).Sample((one, other, at) =>
        {
            Counterparty[] paid = [new(Real, one), new(Fake, other)];
            var flagged = new[] { Real, Fake }.Count(address => Poisoning.ImitatedBy(Networks.Ethereum, address, at, paid) is not null);
            flagged.ShouldBeLessThanOrEqualTo(1);
        });
}
