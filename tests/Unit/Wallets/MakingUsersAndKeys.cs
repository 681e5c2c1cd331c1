using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class MakingUsersAndKeys
{
    private static readonly Guid KeyId = new("0190aaaa-0000-7000-8000-000000000009");
    private static readonly User Admin = new(Given.OwnerId, "admin@example.org", IsAdmin: true);
    private static readonly User Plain = Admin with { Email = "user@example.org", IsAdmin = false };

    private static readonly CreateApiKey.Command Command =
        new(KeyId, "Laptop", "hash", [Scopes.WalletsRead, Scopes.PortfolioRead], null, null, Given.Now);

    [Fact]
    public void a_user_is_made_once()
    {
        var command = new CreateUser.Command(Given.OwnerId, "user@example.org", false, Given.Now);
        var made = CreateUser.Decide(User.Initial, command).ShouldHaveSingleItem();

        made.ShouldBe(new UserEvent.UserCreated(Given.OwnerId, "user@example.org", false, Given.Now));
        CreateUser.Decide(User.Evolve(User.Initial, made), command).ShouldBeEmpty();
    }

    [Fact]
    public void a_key_is_made_for_a_user()
    {
        var made = CreateApiKey.Decide(Plain, Command).ShouldHaveSingleItem().ShouldBeOfType<ApiKeyEvent.ApiKeyCreated>();

        (made.KeyId, made.UserId, made.Label, made.Hash, made.At).ShouldBe((KeyId, Plain.Id, "Laptop", "hash", Given.Now));
        made.Scopes.ShouldBe([Scopes.WalletsRead, Scopes.PortfolioRead]);
        made.WalletIds.ShouldBeNull();
    }

    [Fact]
    public void a_scope_named_twice_counts_once() =>
        CreateApiKey.Decide(Plain, Command with { Scopes = [Scopes.WalletsRead, Scopes.WalletsRead] })
            .ShouldHaveSingleItem().ShouldBeOfType<ApiKeyEvent.ApiKeyCreated>().Scopes.ShouldBe([Scopes.WalletsRead]);

    [Fact]
    public void nobody_is_no_user() => Refusal(User.Initial, Command).ShouldBe(("user-not-found", "/userId"));

    [Fact]
    public void a_key_that_may_do_nothing_is_refused() => Refusal(Plain, Command with { Scopes = [] }).ShouldBe(("invalid-body", "/scopes"));

    [Fact]
    public void a_scope_that_does_not_exist_is_refused() =>
        Refusal(Plain, Command with { Scopes = ["wallets:steal"] }).ShouldBe(("invalid-body", "/scopes"));

    [Fact]
    public void the_scope_admin_is_for_administrators_only()
    {
        Refusal(Plain, Command with { Scopes = [Scopes.Admin] }).ShouldBe(("invalid-body", "/scopes"));
        CreateApiKey.Decide(Admin, Command with { Scopes = [Scopes.Admin] }).ShouldHaveSingleItem();
    }

    [Fact]
    public void an_administrators_key_is_not_limited_to_wallets() =>
        Refusal(Admin, Command with { Scopes = [Scopes.Admin], WalletIds = [Given.WalletId] }).ShouldBe(("invalid-body", "/walletIds"));

    [Fact]
    public void a_wallet_list_is_neither_empty_nor_endless()
    {
        Refusal(Plain, Command with { WalletIds = [] }).ShouldBe(("invalid-body", "/walletIds"));
        Refusal(Plain, Command with { WalletIds = [.. Enumerable.Range(0, 101).Select(_ => Guid.NewGuid())] })
            .ShouldBe(("invalid-body", "/walletIds"));
        CreateApiKey.Decide(Plain, Command with { WalletIds = [Given.WalletId] }).ShouldHaveSingleItem();
    }

    [Fact]
    public void a_key_does_not_expire_before_it_begins()
    {
        Refusal(Plain, Command with { ExpiresAt = Given.Now }).ShouldBe(("invalid-body", "/expiresAt"));
        CreateApiKey.Decide(Plain, Command with { ExpiresAt = Given.Now.AddDays(1) }).ShouldHaveSingleItem();
    }

    [Fact]
    public void a_key_is_revoked_once()
    {
        var active = ApiKey.Evolve(ApiKey.Initial, CreateApiKey.Decide(Plain, Command)[0]);
        var revoked = RevokeApiKey.Decide(active, new(KeyId, Given.Now)).ShouldHaveSingleItem();

        revoked.ShouldBe(new ApiKeyEvent.ApiKeyRevoked(KeyId, Given.Now));
        RevokeApiKey.Decide(ApiKey.Evolve(active, revoked), new(KeyId, Given.Now)).ShouldBeEmpty();
        Should.Throw<DomainException>(() => RevokeApiKey.Decide(ApiKey.Initial, new(KeyId, Given.Now))).Problem.Code.ShouldBe("key-not-found");
    }

    [Fact]
    public void a_secret_is_long_random_and_does_not_print_itself()
    {
        var secret = ApiKeySecret.New();

        secret.Text.ShouldMatch("^wt_live_[A-Za-z0-9_-]{43}$");
        secret.Hash.ShouldMatch("^[A-Za-z0-9_-]{43}$");
        ApiKeySecret.New().Text.ShouldNotBe(secret.Text);
        $"{secret}".ShouldNotContain(secret.Text[8..]);
    }

    private static (string Code, string Pointer) Refusal(User user, CreateApiKey.Command command)
    {
        var refusal = Should.Throw<DomainException>(() => CreateApiKey.Decide(user, command));
        return (refusal.Problem.Code, refusal.Errors.ShouldHaveSingleItem().Pointer);
    }
}
