using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class BeginningASession
{
    private static readonly Guid KeyId = new("0190aaaa-0000-7000-8000-000000000009");
    private static readonly User Plain = new(Given.OwnerId, "user@example.org", IsAdmin: false);
    private static readonly BeginSession.Command Command = new(new("0190aaaa-0000-7000-8000-00000000000a"), "hash", Given.Now);
    private static readonly VerifyApiKey.Verified Key = new(KeyId, Given.OwnerId, [Scopes.WalletsRead], [Given.WalletId], null);

    private static LoginLink Link =>
        LoginLink.Evolve(LoginLink.Initial, MakeLoginLink.Decide(Plain, new("0190aaaa-0000-7000-8000-00000000000b"), "other", Given.Now));

    [Fact]
    public void it_may_do_what_its_key_may_for_twelve_hours()
    {
        var begun = BeginSession.Decide(Key, Command);

        (begun.KeyId, begun.UserId, begun.Hash, begun.SessionOf).ShouldBe((Command.SessionId, Given.OwnerId, "hash", KeyId));
        begun.Scopes.ShouldBe(Key.Scopes);
        begun.WalletIds.ShouldBe(Key.WalletIds);
        begun.ExpiresAt.ShouldBe(Given.Now.AddHours(12));
    }

    [Fact]
    public void it_lasts_no_longer_than_its_key() =>
        BeginSession.Decide(Key with { ExpiresAt = Given.Now.AddHours(1) }, Command).ExpiresAt.ShouldBe(Given.Now.AddHours(1));

    [Fact]
    public void a_key_that_lasts_longer_makes_it_no_longer() =>
        BeginSession.Decide(Key with { ExpiresAt = Given.Now.AddDays(1) }, Command).ExpiresAt.ShouldBe(Given.Now.AddHours(12));

    [Fact]
    public void it_begets_no_other() => Reason(() => BeginSession.Decide(Key with { SessionOf = KeyId }, Command)).ShouldBe("unauthorized");

    [Fact]
    public void a_link_is_its_users_and_used_up()
    {
        var (used, begun) = BeginSession.Decide(Link, Plain, Command);

        (used.LinkId, used.SessionId).ShouldBe((Link.Id, Command.SessionId));
        (begun.UserId, begun.SessionOf, begun.WalletIds).ShouldBe((Plain.Id, Link.Id, null));
        begun.Scopes.ShouldBe(Scopes.All.Where(scope => scope != Scopes.Admin));
        Reason(() => BeginSession.Decide(LoginLink.Evolve(Link, used), Plain, Command)).ShouldBe("unauthorized");
    }

    [Fact]
    public void an_administrators_link_is_for_all_that_they_may() =>
        BeginSession.Decide(Link, Plain with { IsAdmin = true }, Command).Session.Scopes.ShouldBe(Scopes.All);

    [Fact]
    public void a_link_ends_after_ten_minutes()
    {
        BeginSession.Decide(Link, Plain, Command with { At = Given.Now.AddSeconds(599) }).Session.UserId.ShouldBe(Plain.Id);
        Reason(() => BeginSession.Decide(Link, Plain, Command with { At = Given.Now.AddMinutes(10) })).ShouldBe("unauthorized");
    }

    [Fact]
    public void no_link_and_no_user_that_may_come_is_no_session()
    {
        Reason(() => BeginSession.Decide(LoginLink.Initial, User.Initial, Command)).ShouldBe("unauthorized");
        Reason(() => BeginSession.Decide(Link, Plain with { DisabledAt = Given.Now }, Command)).ShouldBe("user-disabled");
        Should.Throw<DomainException>(() => MakeLoginLink.Decide(User.Initial, KeyId, "hash", Given.Now)).Problem.Code.ShouldBe("user-not-found");
    }

    [Fact]
    public void it_is_ended_once_and_is_no_key()
    {
        var session = ApiKey.Evolve(ApiKey.Initial, BeginSession.Decide(Key, Command));

        var ended = EndSession.Decide(session, Given.Now).ShouldHaveSingleItem();
        EndSession.Decide(ApiKey.Evolve(session, ended), Given.Now).ShouldBeEmpty();
        var made = CreateApiKey.Decide(Plain, new(KeyId, "Laptop", "hash", [Scopes.WalletsRead], null, null, Given.Now)).Single();
        foreach (var other in new[] { ApiKey.Initial, ApiKey.Evolve(ApiKey.Initial, made) })
            Should.Throw<DomainException>(() => EndSession.Decide(other, Given.Now)).Problem.Code.ShouldBe("conflict");
        Should.Throw<DomainException>(() => RotateApiKey.Decide(session, new(KeyId, "next", Given.Now))).Problem.Code.ShouldBe("conflict");
    }

    [Fact]
    public void no_secret_is_printed()
    {
        foreach (var prefix in new[] { "wt_live_", "wl_", "ws_" })
        {
            var secret = ApiKeySecret.New(prefix);
            secret.Text.ShouldStartWith(prefix);
            $"{secret}".ShouldBe($"{prefix.Split('_')[0]}_…");
        }
    }

    private static string Reason(Action decide)
    {
        var refused = Should.Throw<DomainException>(decide);
        refused.Problem.Code.ShouldBe("key-not-found");
        return refused.Errors.ShouldHaveSingleItem().Code;
    }
}
