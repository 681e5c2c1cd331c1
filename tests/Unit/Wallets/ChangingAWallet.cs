using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ChangingAWallet
{
    private static readonly Wallet Missing = Wallet.Initial;
    private static readonly Wallet Empty = Given.Wallet(Given.Created);
    private static readonly Wallet WithOne = Given.Wallet(Given.Created, Given.Imported);
    private static readonly Wallet Deleted = Given.Wallet(Given.Created, Given.Imported, Given.Deleted);

    [Fact]
    public void a_wallet_is_created_once()
    {
        var command = new CreateWallet.Command(Given.WalletId, Given.OwnerId, "Savings", Given.Earlier);

        CreateWallet.Decide(Missing, command).ShouldBe([Given.Created]);
        CreateWallet.Decide(Empty, command).ShouldBeEmpty();
    }

    [Fact]
    public void a_wallet_gets_another_label() =>
        RenameWallet.Decide(Empty, new("Rainy days", Given.Now)).ShouldBe([new WalletEvent.WalletRenamed(Given.WalletId, "Rainy days", Given.Now)]);

    [Fact]
    public void the_label_it_has_is_no_news() => RenameWallet.Decide(Empty, new("Savings", Given.Now)).ShouldBeEmpty();

    [Fact]
    public void a_renamed_wallet_has_its_new_label() =>
        Wallet.Evolve(Empty, new WalletEvent.WalletRenamed(Given.WalletId, "Rainy days", Given.Now)).Label.ShouldBe("Rainy days");

    [Fact]
    public void an_address_gets_another_label_or_none()
    {
        LabelAddress.Decide(WithOne, new(Given.AddressId, "Cold", Given.Now))
            .ShouldBe([new WalletEvent.AddressLabelled(Given.WalletId, Given.AddressId, "Cold", Given.Now)]);
        LabelAddress.Decide(WithOne, new(Given.AddressId, null, Given.Now))
            .ShouldBe([new WalletEvent.AddressLabelled(Given.WalletId, Given.AddressId, null, Given.Now)]);
        LabelAddress.Decide(WithOne, new(Given.AddressId, "First", Given.Now)).ShouldBeEmpty();
    }

    [Fact]
    public void tags_are_set_as_a_whole_and_those_it_has_are_no_news()
    {
        IReadOnlyList<string> tags = ["cold", "family"];
        TagWallet.Decide(Empty, new(tags, Given.Now)).ShouldBe([new WalletEvent.WalletTagged(Given.WalletId, tags, Given.Now)]);
        TagWallet.Decide(Empty, new([], Given.Now)).ShouldBeEmpty();
        var tagged = Given.Wallet(Given.Created, Given.Imported, new WalletEvent.AddressTagged(Given.WalletId, Given.AddressId, tags, Given.Now));
        TagAddress.Decide(tagged, new(Given.AddressId, ["cold", "family"], Given.Now)).ShouldBeEmpty();
        TagAddress.Decide(tagged, new(Given.AddressId, ["family", "cold"], Given.Now)).Count.ShouldBe(1, "their order is the user's");
        Code(() => TagAddress.Decide(Empty, new(Given.AddressId, tags, Given.Now))).ShouldBe("address-not-found");
    }

    [Fact]
    public void an_address_is_removed_by_its_id() =>
        RemoveAddress.Decide(WithOne, new(Given.AddressId, Given.Now))
            .ShouldBe([new WalletEvent.AddressRemoved(Given.WalletId, Given.AddressId, Given.Now)]);

    [Fact]
    public void an_address_that_is_not_there_is_neither_labelled_nor_removed()
    {
        Code(() => LabelAddress.Decide(Empty, new(Given.AddressId, "Cold", Given.Now))).ShouldBe("address-not-found");
        Code(() => RemoveAddress.Decide(Empty, new(Given.AddressId, Given.Now))).ShouldBe("address-not-found");
    }

    [Fact]
    public void every_cancellation_of_a_sync_is_told() =>
        CancelSync.Decide(Empty, new(Given.Now)).ShouldBe([new WalletEvent.SyncCancelRequested(Given.WalletId, Given.Now)]);

    [Fact]
    public void every_request_for_a_sync_is_told() =>
        RequestSync.Decide(Empty, new(Given.Now)).ShouldBe([new WalletEvent.SyncRequested(Given.WalletId, Given.Now)]);

    [Fact]
    public void a_wallet_is_deleted_once()
    {
        DeleteWallet.Decide(WithOne, new(Given.Now)).ShouldBe([new WalletEvent.WalletDeleted(Given.WalletId, Given.Now)]);
        Code(() => DeleteWallet.Decide(Deleted, new(Given.Now))).ShouldBe("wallet-not-found");
    }

    [Fact]
    public void a_deleted_wallet_holds_nothing_and_takes_nothing()
    {
        Deleted.Addresses.ShouldBeEmpty();
        Deleted.Label.ShouldBeEmpty();
        Code(() => RenameWallet.Decide(Deleted, new("Back", Given.Now))).ShouldBe("wallet-not-found");
        Code(() => LabelAddress.Decide(Deleted, new(Given.AddressId, "Back", Given.Now))).ShouldBe("wallet-not-found");
        Code(() => RemoveAddress.Decide(Deleted, new(Given.AddressId, Given.Now))).ShouldBe("wallet-not-found");
        Code(() => RequestSync.Decide(Deleted, new(Given.Now))).ShouldBe("wallet-not-found");
        Code(() => CancelSync.Decide(Deleted, new(Given.Now))).ShouldBe("wallet-not-found");
    }

    [Fact]
    public void a_tombstone_alone_is_an_erased_wallet()
    {
        var erased = Given.Wallet(new WalletEvent.WalletErased(Given.WalletId));

        erased.Status.ShouldBe(WalletStatus.Erased);
        Code(() => RequestSync.Decide(erased, new(Given.Now))).ShouldBe("wallet-not-found");
    }

    private static string Code(Action action) => Should.Throw<DomainException>(action).Problem.Code;
}
