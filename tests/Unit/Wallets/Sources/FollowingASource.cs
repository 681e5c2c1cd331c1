using Chains;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets.Sources;

public sealed class FollowingASource
{
    private const string Zpub = "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs";
    private static readonly Guid SourceId = new("0190aaaa-0000-7000-8000-0000000000aa");
    private static readonly Descriptor Account = Descriptor.OfKey(Networks.Bitcoin, Zpub);
    private static readonly AddSource.Command Add = new(SourceId, Account, "Phone", 20, Given.Now);

    [Fact]
    public void the_first_addresses_of_each_branch_join_with_the_source()
    {
        var wallet = Added(out var events);

        events[0].ShouldBe(new WalletEvent.SourceAdded(Given.WalletId, SourceId, "bitcoin", Account.Text, "Phone", 20, Given.Now));
        wallet.Addresses.Count.ShouldBe(40);
        wallet.At(new("bitcoin", "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"))!.Source.ShouldBe(new SourcePlace(SourceId, 1, 0));
    }

    [Fact]
    public void the_same_source_again_changes_nothing() =>
        AddSource.Decide(Added(out _), Add with { SourceId = Guid.NewGuid() }).ShouldBeEmpty();

    [Fact]
    public void a_source_that_shares_addresses_with_another_is_refused_with_its_name()
    {
        var sameKey = Descriptor.Parse(Networks.Bitcoin, Account.Text.Split('#')[0].Replace("<0;1>", "0", StringComparison.Ordinal));

        var refused = Should.Throw<DomainException>(
            () => AddSource.Decide(Added(out _), Add with { SourceId = Guid.NewGuid(), Descriptor = sameKey }));

        refused.Problem.Code.ShouldBe("source-exists");
        refused.Message.ShouldContain(SourceId.ToString());
    }

    [Fact]
    public void an_address_that_is_there_already_stays_and_is_marked_and_stays_when_the_source_goes()
    {
        var address = new ChainAddress("bitcoin", Account.Branches[0].AddressAt(3).Text);
        var single = new WalletEvent.AddressImported(Given.WalletId, Given.AddressId, address.Network, address.Text, "Mine", Given.Earlier);
        var wallet = Given.Wallet(Given.Created, single);

        var marked = Happen(wallet, AddSource.Decide(wallet, Add));
        marked.Addresses.Count.ShouldBe(40);
        (marked.At(address)!.Id, marked.At(address)!.Label, marked.At(address)!.Source)
            .ShouldBe((Given.AddressId, "Mine", new SourcePlace(SourceId, 0, 3)));

        var after = Happen(marked, RemoveSource.Decide(marked, new(SourceId, Given.Now)));
        after.Addresses.Values.ShouldHaveSingleItem().ShouldBe(wallet.Addresses[Given.AddressId]);
        after.Sources.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(19, 20)]
    public void behind_the_highest_used_one_as_many_follow_as_the_gap_limit_says(int used, int more)
    {
        var wallet = Added(out _);
        var events = DeriveAddresses.Decide(wallet, new(SourceId, Account, new Dictionary<int, int> { [1] = used }, Given.Now));

        events.Count.ShouldBe(more);
        events.Cast<WalletEvent.AddressImported>().Select(each => each.Source)
            .ShouldBe(Enumerable.Range(20, more).Select(index => new SourcePlace(SourceId, 1, index)));
    }

    [Fact]
    public void the_same_use_derives_nothing_twice()
    {
        var command = new DeriveAddresses.Command(SourceId, Account, new Dictionary<int, int> { [0] = 7 }, Given.Now);
        var wallet = Happen(Added(out _), DeriveAddresses.Decide(Added(out _), command));

        DeriveAddresses.Decide(wallet, command).ShouldBeEmpty();
        DeriveAddresses.Decide(wallet, command with { HighestUsed = new Dictionary<int, int> { [0] = 2 } }).ShouldBeEmpty();
    }

    [Fact]
    public void what_its_owner_removed_is_not_derived_again()
    {
        var wallet = Added(out _);
        var gone = wallet.At(new("bitcoin", Account.Branches[0].AddressAt(5).Text))!;
        wallet = Happen(wallet, RemoveAddress.Decide(wallet, new(gone.Id, Given.Now)));

        DeriveAddresses.Decide(wallet, new(SourceId, Account, new Dictionary<int, int> { [0] = 0 }, Given.Now)).ShouldHaveSingleItem()
            .ShouldBeOfType<WalletEvent.AddressImported>().Source!.Index.ShouldBe(20);
    }

    [Fact]
    public void a_full_wallet_takes_what_has_room_and_no_new_source()
    {
        var wallet = Added(out _);
        for (var i = 0; wallet.Addresses.Count < Wallet.MaxAddresses - 3; i++)
            wallet = Happen(wallet, [new WalletEvent.AddressImported(Given.WalletId, Guid.NewGuid(), "bitcoin", $"address {i}", null, Given.Now)]);

        DeriveAddresses.Decide(wallet, new(SourceId, Account, new Dictionary<int, int> { [0] = 19 }, Given.Now)).Count.ShouldBe(3);
        var other = Descriptor.Parse(Networks.Bitcoin, $"pkh({Account.Text.Split('(', '/')[1]}/0/*)");
        Should.Throw<DomainException>(() => AddSource.Decide(wallet, Add with { SourceId = Guid.NewGuid(), Descriptor = other }))
            .Problem.Code.ShouldBe("too-many");
    }

    [Fact]
    public void a_source_that_is_gone_derives_nothing()
    {
        var wallet = Added(out _);
        wallet = Happen(wallet, RemoveSource.Decide(wallet, new(SourceId, Given.Now)));

        wallet.Addresses.ShouldBeEmpty();
        DeriveAddresses.Decide(wallet, new(SourceId, Account, new Dictionary<int, int> { [0] = 5 }, Given.Now)).ShouldBeEmpty();
        DeriveAddresses.Decide(Given.Wallet(Given.Created, Given.Deleted), new(SourceId, Account, new Dictionary<int, int>(), Given.Now))
            .ShouldBeEmpty();
    }

    private static Wallet Added(out IReadOnlyList<WalletEvent> events)
    {
        var wallet = Given.Wallet(Given.Created);
        events = AddSource.Decide(wallet, Add);
        return Happen(wallet, events);
    }

    private static Wallet Happen(Wallet wallet, IReadOnlyList<WalletEvent> events) => events.Aggregate(wallet, Wallet.Evolve);
}
