using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ImportingAnAddress
{
    private static readonly Guid NewId = new("0190aaaa-0000-7000-8000-0000000000ff");
    private static readonly ImportAddress.Command Command = new(NewId, Given.Genesis, "Again", Given.Now);

    [Fact]
    public void an_address_joins_the_wallet() =>
        ImportAddress.Decide(Given.Wallet(Given.Created), Command)
            .ShouldBe([new WalletEvent.AddressImported(Given.WalletId, NewId, "bitcoin", Given.Genesis.Text, "Again", Given.Now)]);

    [Fact]
    public void an_address_already_imported_is_not_added_twice() =>
        ImportAddress.Decide(Given.Wallet(Given.Created, Given.Imported), Command).ShouldBeEmpty();

    [Fact]
    public void the_same_text_on_another_network_is_another_address() =>
        ImportAddress.Decide(Given.Wallet(Given.Created, Given.Imported), Command with { Place = new("bitcoin-testnet", Given.Genesis.Text) })
            .ShouldHaveSingleItem();

    [Fact]
    public void a_removed_address_comes_back_under_a_new_id()
    {
        var wallet = Given.Wallet(Given.Created, Given.Imported, Given.Removed);

        wallet.Addresses.ShouldBeEmpty();
        ImportAddress.Decide(wallet, Command).ShouldHaveSingleItem().ShouldBeOfType<WalletEvent.AddressImported>().AddressId.ShouldBe(NewId);
    }

    [Fact]
    public void a_wallet_that_never_was_takes_no_address() =>
        Should.Throw<DomainException>(() => ImportAddress.Decide(Wallet.Initial, Command)).Problem.Code.ShouldBe("wallet-not-found");

    [Fact]
    public void a_deleted_wallet_takes_no_address() =>
        Should.Throw<DomainException>(() => ImportAddress.Decide(Given.Wallet(Given.Created, Given.Deleted), Command))
            .Problem.Code.ShouldBe("wallet-not-found");

    [Fact]
    public void a_full_wallet_takes_no_more_but_knows_the_ones_it_has()
    {
        var full = Full(Wallet.MaxAddresses);

        var refusal = Should.Throw<DomainException>(() => ImportAddress.Decide(full, Command));
        refusal.Problem.Code.ShouldBe("too-many");
        refusal.Message.ShouldContain("10,000");
        ImportAddress.Decide(full, Command with { Place = new("bitcoin", "address 17") }).ShouldBeEmpty();
    }

    [Fact]
    public void folding_four_times_the_addresses_costs_about_four_times_as_much()
    {
        _ = Full(500);
        var few = Allocated(() => Full(2_500));
        var many = Allocated(() => Full(10_000));

        // Trees copy a path per change, so n log n; copying the whole state would be sixteen times.
        (many / (double)few).ShouldBeLessThan(6);
    }

    private static Wallet Full(int count)
    {
        var wallet = Given.Wallet(Given.Created);
        for (var i = 0; i < count; i++)
            wallet = Wallet.Evolve(wallet, new WalletEvent.AddressImported(Given.WalletId, Guid.CreateVersion7(), "bitcoin", $"address {i}", null,
                Given.Earlier));
        return wallet;
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
