using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class KeepingPeopleApart(WalletsService service)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task somebody_elses_wallet_does_not_exist_not_even_for_an_administrator(bool admin)
    {
        using var owner = service.As(TestIdentity.Someone());
        var wallet = await owner.NewWallet();
        var address = await owner.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis });
        using var other = service.As(admin ? TestIdentity.Someone(Scopes.Admin) : TestIdentity.Someone());

        await RefusesEverything(other, wallet, address.Id());
        (await other.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldBeEmpty();
        (await owner.GetOk($"/api/v1/wallets/{wallet}"))["label"]!.GetValue<string>().ShouldBe("Savings");
    }

    [Fact]
    public async Task a_wallet_that_never_was_answers_just_the_same() =>
        await RefusesEverything(service.As(TestIdentity.Someone()), Guid.CreateVersion7(), Guid.CreateVersion7().ToString());

    [Fact]
    public async Task a_key_for_certain_wallets_sees_no_others_and_makes_none()
    {
        var caller = TestIdentity.Someone();
        using var owner = service.As(caller);
        var (one, two) = (await owner.NewWallet("One"), await owner.NewWallet("Two"));
        var address = await owner.Post($"/api/v1/wallets/{two}/addresses", new { network = "bitcoin", address = Api.Genesis });
        using var limited = service.As(caller with { Wallets = new HashSet<Guid> { one } });

        (await limited.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldHaveSingleItem()!["label"]!.GetValue<string>().ShouldBe("One");
        await RefusesEverything(limited, two, address.Id());
        await limited.SendForProblem(HttpMethod.Post, "/api/v1/wallets", new { label = "Three" }, "forbidden");
        await limited.Post($"/api/v1/wallets/{one}/addresses", new { network = "bitcoin", address = Api.Genesis });
    }

    [Fact]
    public async Task a_key_of_somebody_elses_wallet_list_opens_nothing()
    {
        using var owner = service.As(TestIdentity.Someone());
        var wallet = await owner.NewWallet();
        using var thief = service.As(TestIdentity.Someone() with { Wallets = new HashSet<Guid> { wallet } });

        await thief.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}", null, "wallet-not-found");
        (await thief.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task an_address_is_not_reached_through_another_wallet_of_the_same_owner()
    {
        using var owner = service.As(TestIdentity.Someone());
        var (one, two) = (await owner.NewWallet("One"), await owner.NewWallet("Two"));
        var address = await owner.Post($"/api/v1/wallets/{two}/addresses", new { network = "bitcoin", address = Api.Genesis });

        await owner.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{one}/addresses/{address.Id()}", null, "address-not-found");
        await owner.SendForProblem(HttpMethod.Delete, $"/api/v1/wallets/{one}/addresses/{address.Id()}", null, "address-not-found");
    }

    [Theory]
    [InlineData("GET", "/api/v1/wallets", Scopes.WalletsWrite)]
    [InlineData("POST", "/api/v1/wallets", Scopes.WalletsRead)]
    [InlineData("GET", "/api/v1/users", Scopes.WalletsRead)]
    [InlineData("POST", "/api/v1/users", Scopes.WalletsWrite)]
    [InlineData("GET", "/api/v1/api-keys", Scopes.WalletsWrite)]
    [InlineData("POST", "/api/v1/api-keys", Scopes.WalletsWrite)]
    public async Task a_key_does_what_its_scopes_say(string method, string path, string scope)
    {
        using var client = service.As(TestIdentity.Someone(scope));

        await client.SendForProblem(new HttpMethod(method), path, method == "POST"
            ? new { label = "x", email = "x@y", scopes = Array.Empty<string>() } : null, "forbidden");
    }

    [Fact]
    public async Task nobody_is_refused()
    {
        using var nobody = service.Anonymous();

        await nobody.SendForProblem(HttpMethod.Get, "/api/v1/wallets", null, "unauthorized");
        await nobody.SendForProblem(HttpMethod.Post, "/internal/api-keys/verify", new { hash = "x" }, "unauthorized");
        using var forged = service.Anonymous();
        forged.DefaultRequestHeaders.Authorization = new("Bearer", "eyJhbGciOiJub25lIn0.e30.");
        await forged.SendForProblem(HttpMethod.Get, "/api/v1/wallets", null, "unauthorized");
    }

    [Fact]
    public async Task what_is_internal_is_for_services_only()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");

        await admin.SendForProblem(HttpMethod.Post, "/internal/api-keys/verify", new { hash = "x" }, "forbidden");
        await gateway.SendForProblem(HttpMethod.Get, "/api/v1/wallets", null, "forbidden");
    }

    private static async Task RefusesEverything(HttpClient client, Guid wallet, string address)
    {
        var path = $"/api/v1/wallets/{wallet}";
        await client.SendForProblem(HttpMethod.Get, path, null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Patch, path, new { label = "Mine" }, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Delete, path, null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Post, $"{path}/sync", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Post, $"{path}/fetch", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"{path}/sync", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Get, $"{path}/addresses", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Post, $"{path}/addresses", new { network = "bitcoin", address = Api.Segwit }, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Get, $"{path}/addresses/{address}", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Patch, $"{path}/addresses/{address}", new { label = "Mine" }, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"{path}/addresses/{address}", null, "wallet-not-found");
        using var table = new StringContent($"address\n{Api.Segwit}", null, "text/csv");
        await client.SendForProblem(HttpMethod.Post, $"/api/v1/wallets/import?walletId={wallet}", table, "wallet-not-found");
    }
}
