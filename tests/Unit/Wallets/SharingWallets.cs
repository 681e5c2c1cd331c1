using System.Collections.Immutable;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class SharingWallets
{
    private static readonly Guid ShareId = new("0190aaaa-0000-7000-8000-00000000000c");
    private static readonly Guid Other = new("0190aaaa-0000-7000-8000-00000000000d");
    private static readonly CreateShare.Command Command = new(ShareId, "Family", "hash", [Given.WalletId], Shows.Amounts, null, Given.Now);
    private static readonly IReadOnlySet<Guid> Limited = ImmutableHashSet.Create(Given.WalletId);

    [Fact]
    public void a_share_is_of_wallets_or_of_all()
    {
        CreateShare.Decide(Given.OwnerId, null, Command with { WalletIds = [Given.WalletId, Given.WalletId] }).WalletIds.ShouldBe([Given.WalletId]);
        CreateShare.Decide(Given.OwnerId, null, Command with { WalletIds = null }).WalletIds.ShouldBeNull();
        Refusal(null, Command with { WalletIds = [] }).ShouldBe("invalid-body");
        Refusal(null, Command with { WalletIds = [.. Enumerable.Range(0, 101).Select(_ => Guid.NewGuid())] }).ShouldBe("invalid-body");
    }

    [Fact]
    public void it_shows_one_of_two_and_ends_in_the_future()
    {
        Refusal(null, Command with { Shows = "all" }).ShouldBe("invalid-body");
        Refusal(null, Command with { ExpiresAt = Given.Now }).ShouldBe("invalid-body");
        CreateShare.Decide(Given.OwnerId, null, Command with { ExpiresAt = Given.Now.AddSeconds(1), Shows = Shows.Percentages }).Shows
            .ShouldBe("percentages");
    }

    [Fact]
    public void a_key_for_certain_wallets_shares_those_only()
    {
        CreateShare.Decide(Given.OwnerId, Limited, Command).WalletIds.ShouldBe([Given.WalletId]);
        Refusal(Limited, Command with { WalletIds = null }).ShouldBe("forbidden");
        Refusal(Limited, Command with { WalletIds = [Given.WalletId, Other] }).ShouldBe("wallet-not-found");
    }

    [Fact]
    public void it_is_revoked_once_by_its_owner()
    {
        var share = Share.Evolve(Share.Initial, CreateShare.Decide(Given.OwnerId, null, Command));

        var revoked = RevokeShare.Decide(share, Given.OwnerId, Limited, Given.Now).ShouldHaveSingleItem();
        RevokeShare.Decide(Share.Evolve(share, revoked), Given.OwnerId, null, Given.Now).ShouldBeEmpty();
        NotFound(share, Other, null);
        NotFound(share, Given.OwnerId, ImmutableHashSet.Create(Other));
        NotFound(Share.Initial, Guid.Empty, null);
        NotFound(Share.Evolve(Share.Initial, CreateShare.Decide(Given.OwnerId, null, Command with { WalletIds = null })), Given.OwnerId, Limited);
    }

    private static void NotFound(Share share, Guid user, IReadOnlySet<Guid>? wallets) =>
        Should.Throw<DomainException>(() => RevokeShare.Decide(share, user, wallets, Given.Now)).Problem.Code.ShouldBe("share-not-found");

    private static string Refusal(IReadOnlySet<Guid>? wallets, CreateShare.Command command) =>
        Should.Throw<DomainException>(() => CreateShare.Decide(Given.OwnerId, wallets, command)).Problem.Code;
}
