using System.Text.Json.Nodes;
using ServiceDefaults;
using Shouldly;
using Testing;
using Wallets;
using Xunit;

namespace Services.Gateway;

/// <summary>
/// Every kind of key at every operation of the committed document: whom it lets in follows from the scopes that the document names,
/// whose wallet it is, and whether the key is good. All is there to be had, so what refuses is the key and nothing else.
/// </summary>
[Collection(nameof(PublicApi))]
public sealed class KeysAtEveryOperation(PublicApi api)
{
    private const string LetIn = "let in";
    private static readonly string[] AllButAdmin = [.. Scopes.All.Where(scope => scope != Scopes.Admin)];

    // Of the tokens of shares alone, which open nothing else.
    private const string Shared = "/api/v1/shared";

    // Asked of a provider, of which there is none here.
    private const string CoinsOfAddress = "/api/v1/addresses/{addressId}/utxos";

    // What counts in all of a user's wallets is not for a key that sees some.
    private static readonly string[] OfTheWhole = ["/api/v1/assets/verdicts", "/api/v1/labels", "/api/v1/prices/manual"];
    private static readonly string[] NotTheirs = ["wallet-not-found", "address-not-found", "key-not-found", "user-not-found"];

    [Fact]
    public async Task each_kind_of_key_gets_as_far_as_the_document_says()
    {
        // Logging in goes by the key in the body, whatever the header says: LogInAndOut tries it.
        var operations = Operation.AllOf(JsonNode.Parse(await File.ReadAllTextAsync(
                Path.Combine(Repository.Root, "docs", "openapi", "v1.json"), TestContext.Current.CancellationToken))!)
            .Where(operation => operation is not { Path: "/api/v1/session", Method.Method: "POST" }).ToList();
        var owner = await api.NewUserAsync();
        var shared = await TargetAsync(owner);
        await TellOthersAsync(shared, await KeyAsync(owner, AllButAdmin));
        List<Kind> kinds = [.. await KindsAsync(owner)];
        List<string> wrong = [];
        Dictionary<string, int> outcomes = [];

        foreach (var operation in operations)
            foreach (var kind in kinds)
            {
                // Whoever is let in may change or delete it.
                var target = operation.Method == HttpMethod.Get ? shared : await TargetAsync(owner);
                using var client = api.WithKey(await kind.Key(target));
                var (status, code, text) = await Operation.Send(client, operation.Method, operation.At(target.IdOf), body: BodyOf(operation));
                var expected = kind.Expected(operation);
                outcomes[expected] = outcomes.GetValueOrDefault(expected) + 1;
                var isAsExpected = expected == LetIn
                    ? status is not (401 or 403) && !NotTheirs.Contains(code)
                        && (status < 500 || operation.IsOpen || operation.Path == CoinsOfAddress)
                    : $"{status} {code}" == expected && operation.Names(status, code);
                // Who lacks a scope is told which.
                if (expected.StartsWith("403", StringComparison.Ordinal) && !kind.IsLimited && operation.Path != Shared)
                    isAsExpected &= operation.Scopes.Any(scope => text.Contains($"'{scope}'", StringComparison.Ordinal));
                if (!isAsExpected) wrong.Add($"{operation.Method} {operation.Path} with {kind.Name}: expected {expected}, got {status} {text}");
            }

        wrong.ShouldBeEmpty();
        operations.Count.ShouldBeGreaterThan(30);
        operations.Sum(operation => operation.Scopes.Count).ShouldBeGreaterThan(25);
        outcomes.Keys.ShouldBe([LetIn, "401 unauthorized", "401 key-revoked", "401 key-expired", "401 user-disabled", "403 forbidden",
            "404 wallet-not-found", "404 key-not-found", "404 address-not-found"], ignoreOrder: true);
    }

    private async Task<IEnumerable<Kind>> KindsAsync(Guid owner)
    {
        var (revoked, expired, disabled) = (await RevokedAsync(owner), await ExpiredAsync(owner), await OfDisabledUserAsync());
        var (elsewhere, other) = ((await api.NewWalletAsync(owner)).Wallet, await api.NewUserAsync());
        List<Kind> kinds =
        [
            Refused("no key", null), Refused("no key's form", "not-a-key"), Refused("an invented key", "wt_live_invented_0123456789abcdef"),
            Refused("a revoked key", revoked, "key-revoked"), Refused("an expired key", expired, "key-expired"),
            Refused("a disabled user's key", disabled, "user-disabled"),
            new("a key for another wallet", operation => Expected(operation, AllButAdmin, isLimited: true, isTheirs: false),
                _ => KeyAsync(owner, AllButAdmin, elsewhere), IsLimited: true),
            new("a share", operation => operation.IsOpen || operation.Path == Shared ? LetIn : "403 forbidden", _ => ShareAsync(owner),
                IsLimited: true),
            new("a share of this wallet", operation => operation.IsOpen || operation.Path == Shared ? LetIn : "403 forbidden",
                target => ShareAsync(owner, target.Wallet), IsLimited: true),
            new("a key for this wallet", operation => Expected(operation, AllButAdmin, isLimited: true),
                target => KeyAsync(owner, AllButAdmin, target.Wallet), IsLimited: true),
        ];
        foreach (var scopes in (string[][])[.. Scopes.All.Select(scope => new[] { scope }), AllButAdmin, [.. Scopes.All]])
        {
            var (own, foreign) = (await KeyAsync(owner, scopes), await KeyAsync(other, scopes));
            kinds.Add(new($"a key for {string.Join(", ", scopes)}", operation => Expected(operation, scopes), _ => Task.FromResult<string?>(own)));
            kinds.Add(new($"another user's key for {string.Join(", ", scopes)}", operation => Expected(operation, scopes, isTheirs: false),
                _ => Task.FromResult<string?>(foreign)));
        }

        return kinds;
    }

    private static string Expected(Operation operation, string[] scopes, bool isLimited = false, bool isTheirs = true)
    {
        if (operation.IsOpen) return LetIn;
        if (operation.Path == Shared) return "403 forbidden";
        var isAdmin = scopes.Contains(Scopes.Admin);
        if (!isAdmin && operation.Scopes.Except(scopes).Any()) return "403 forbidden";
        return (operation.Method.Method, operation.Path) switch
        {
            ("POST", "/api/v1/wallets" or "/api/v1/shares") when isLimited => "403 forbidden",
            (_, var path) when isLimited && OfTheWhole.Any(whole => path.StartsWith(whole, StringComparison.Ordinal)) => "403 forbidden",
            (_, CoinsOfAddress) when !isTheirs => "404 address-not-found",
            // No address of anybody's is asked for here.
            (_, "/api/v1/clusters/{network}/{address}") => "404 address-not-found",
            // Needs no scope: any key may end itself.
            ("DELETE", "/api/v1/api-keys/{keyId}") when !isAdmin => "404 key-not-found",
            (_, var path) when !isTheirs && path.Contains("{walletId}", StringComparison.Ordinal) => "404 wallet-not-found",
            _ => LetIn,
        };
    }

    private static Kind Refused(string name, string? key, string code = "unauthorized") =>
        new(name, operation => operation.IsOpen ? LetIn : $"401 {code}", _ => Task.FromResult(key));

    private async Task<string?> KeyAsync(Guid user, string[] scopes, params Guid[] wallets) =>
        await api.NewKeyAsync(user, wallets is [] ? null : wallets, scopes);

    private async Task<string?> ShareAsync(Guid owner, params Guid[] wallets) => await api.NewShareAsync(owner, wallets is [] ? null : wallets);

    private async Task<Target> TargetAsync(Guid owner)
    {
        var (wallet, address) = await api.NewWalletAsync(owner);
        var user = await api.NewUserAsync();
        return new(wallet, address, user, (await MadeAsync(user, DateTimeOffset.UtcNow, null)).Id);
    }

    // Sync and Portfolio hear of a wallet when somebody asks them for a version.
    private async Task TellOthersAsync(Target target, string? key)
    {
        using var client = api.WithKey(key);
        var version = await api.VersionAsync();
        foreach (var part in new[] { "balances", "sync" })
            (await Operation.Send(client, HttpMethod.Get, $"/api/v1/wallets/{target.Wallet}/{part}?minVersion={version}")).Status.ShouldBe(200, part);
    }

    private async Task<string> RevokedAsync(Guid user)
    {
        var (id, text) = await MadeAsync(user, DateTimeOffset.UtcNow, null);
        await RecordAsync(global::Wallets.ApiKey.Category, id, new ApiKeyEvent.ApiKeyRevoked(id, DateTimeOffset.UtcNow));
        return text;
    }

    private async Task<string> ExpiredAsync(Guid user) =>
        (await MadeAsync(user, DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddHours(-1))).Text;

    private async Task<string> OfDisabledUserAsync()
    {
        var user = await api.NewUserAsync();
        await RecordAsync(User.Category, user, new UserEvent.UserDisabled(user, DateTimeOffset.UtcNow));
        return (await MadeAsync(user, DateTimeOffset.UtcNow, null)).Text;
    }

    private Task<(Guid Id, string Text)> MadeAsync(Guid user, DateTimeOffset at, DateTimeOffset? expiresAt) => api.StoreAsync(async work =>
    {
        var secret = ApiKeySecret.New();
        var command = new CreateApiKey.Command(Guid.CreateVersion7(), "Test", secret.Hash, AllButAdmin, null, expiresAt, at);
        await work.RecordAsync(global::Wallets.ApiKey.Category, command.KeyId, CreateApiKey.Decide(new User(user, "", IsAdmin: true), command), 0,
            Actor.Command, default);
        return (command.KeyId, secret.Text);
    });

    private Task<bool> RecordAsync(string category, Guid id, WalletsEvent @event) => api.StoreAsync(async work =>
    {
        await work.RecordAsync(category, id, [@event], 1, Actor.Command, default);
        return true;
    });

    // Made once only, and another test sends the example as it stands.
    private static string? BodyOf(Operation operation) => operation.Example?.Replace("someone@", $"{Guid.NewGuid():N}@", StringComparison.Ordinal);

    private sealed record Kind(string Name, Func<Operation, string> Expected, Func<Target, Task<string?>> Key, bool IsLimited = false);

    private sealed record Target(Guid Wallet, Guid Address, Guid User, Guid Key)
    {
        public string IdOf(string name) => name switch
        {
            "walletId" => $"{Wallet}",
            "addressId" => $"{Address}",
            "userId" => $"{User}",
            "keyId" => $"{Key}",
            _ => $"{Guid.CreateVersion7()}",
        };
    }
}
