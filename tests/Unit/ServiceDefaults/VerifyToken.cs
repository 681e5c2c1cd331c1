using System.Buffers.Text;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class VerifyToken : IDisposable
{
    private static readonly Caller Ann = new(
        Guid.Parse("0198a5d2-0000-7000-8000-000000000001"), Guid.Parse("0198a5d2-0000-7000-8000-000000000002"),
        new HashSet<string> { Scopes.WalletsRead }, new HashSet<Guid> { Guid.Parse("0198a5d2-0000-7000-8000-000000000003") });

    private readonly ManualTime time = new();
    private readonly PublishedKeys published = new();
    private readonly TokenSigner gateway;
    private readonly TokenSigner sync;
    private readonly TokenVerifier verifier;
    private readonly Said said = new();

    public VerifyToken()
    {
        gateway = new TokenSigner("gateway", Keys.Private(), time);
        sync = new TokenSigner("sync", Keys.Private(), time);
        published["gateway"] = [gateway.PublicKey];
        published["sync"] = [sync.PublicKey];
        var options = new IdentityOptions
        {
            Issuers = new() { ["gateway"] = "http://gateway", ["sync"] = "http://sync", ["portfolio"] = "http://portfolio" },
        };
        var self = new TokenSigner("wallets", Keys.Private(), time);
        verifier = new TokenVerifier(Options.Create(options), new ServiceName("wallets"), self, published, time, said);
    }

    [Fact]
    public async Task a_user_token_of_the_gateway_says_who_calls()
    {
        var identity = await Verify(gateway.ForUser(Ann, "wallets"));

        var caller = identity.ShouldNotBeNull().Caller.ShouldNotBeNull();
        caller.UserId.ShouldBe(Ann.UserId);
        caller.KeyId.ShouldBe(Ann.KeyId);
        caller.Scopes.ShouldBe(Ann.Scopes);
        caller.Wallets.ShouldNotBeNull().ShouldBe(Ann.Wallets.ShouldNotBeNull());
    }

    [Fact]
    public async Task a_service_token_says_which_service_calls()
    {
        var identity = (await Verify(sync.ForService("wallets"))).ShouldNotBeNull();

        identity.IsService.ShouldBeTrue();
        identity.Issuer.ShouldBe("sync");
    }

    [Fact]
    public async Task what_was_signed_for_one_service_is_nothing_to_another()
    {
        (await Verify(gateway.ForUser(Ann, "sync"))).ShouldBeNull();
        (await Verify(sync.ForService("portfolio"))).ShouldBeNull();
        (await Verify(gateway.ForUser(Ann, Jwt.SharedAudience))).ShouldBeNull("the audience of the release before");
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(-1, 59)]
    [InlineData(long.MaxValue - 10, long.MaxValue)]
    [InlineData(253_402_300_799, 253_402_300_800)]
    public async Task a_time_that_cannot_be_is_refused_like_any_forgery(long issued, long expires)
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        (claims["iat"], claims["exp"]) = (issued, expires);

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Fact]
    public async Task a_signer_goes_on_when_another_one_of_the_same_key_has_ended()
    {
        var key = Keys.Private();
        var ended = new TokenSigner("sync", key, time);
        ended.ForService("wallets");
        using var signer = new TokenSigner("sync", key, time);
        ended.Dispose();
        published["sync"] = [signer.PublicKey];

        (await Verify(signer.ForService("wallets"))).ShouldNotBeNull().Issuer.ShouldBe("sync");
    }

    [Fact]
    public async Task a_share_is_somebody_without_a_scope()
    {
        var terms = new ShareTerms("Family", false, time.GetUtcNow());

        var caller = (await Verify(gateway.ForUser(Ann with { Share = terms }, "wallets"))).ShouldNotBeNull().Caller.ShouldNotBeNull();

        (caller.UserId, caller.KeyId, caller.Share).ShouldBe((Ann.UserId, Ann.KeyId, terms));
        caller.Scopes.ShouldBeEmpty();
        caller.Wallets.ShouldBe(Ann.Wallets);
        (await Verify(sync.ForUser(Ann with { Share = terms }, "wallets"))).ShouldBeNull();
    }

    [Theory]
    [InlineData("sub", "0198a5d2-0000-7000-8000-000000000001")]
    [InlineData("sub", "share:")]
    [InlineData("sub", "share:me")]
    [InlineData("scope", "admin")]
    [InlineData("share", null)]
    public async Task a_share_is_no_user_and_no_user_is_a_share(string claim, string? value)
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann with { Share = new("Family", true, null) }, "wallets"));
        claims[claim] = value!;

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Fact]
    public async Task only_the_gateway_vouches_for_people() => (await Verify(sync.ForUser(Ann, "wallets"))).ShouldBeNull();

    [Fact]
    public async Task no_service_signs_for_another()
    {
        var (header, claims, _) = Split(sync.ForService("wallets"));
        claims["iss"] = "gateway";
        claims["sub"] = "service:gateway";

        (await Verify(Resign(header, claims, sync))).ShouldBeNull();
    }

    [Fact]
    public async Task no_service_calls_itself_by_another_name()
    {
        var (header, claims, _) = Split(sync.ForService("wallets"));
        claims["sub"] = "service:gateway";

        (await Verify(Resign(header, claims, sync))).ShouldBeNull();
    }

    [Fact]
    public async Task a_person_cannot_hold_the_services_own_scope()
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        claims["scope"] = "wallets:read internal";

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("es256")]
    [InlineData("ES384")]
    public async Task no_other_algorithm_is_taken(string algorithm)
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        header["alg"] = algorithm;

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Fact]
    public async Task a_signature_made_with_the_public_key_as_secret_is_refused()
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        header["alg"] = "HS256";
        var signed = $"{Part(header)}.{Part(claims)}";
        var secret = Encoding.ASCII.GetBytes(gateway.PublicKey.X);
        var signature = HMACSHA512.HashData(secret, Encoding.ASCII.GetBytes(signed));

        (await Verify($"{signed}.{Base64Url.EncodeToString(signature)}")).ShouldBeNull();
    }

    [Theory]
    [InlineData("iss", "wallets")]
    [InlineData("iss", "nobody")]
    [InlineData("aud", "browsers")]
    [InlineData("sub", "0198a5d2-0000-7000-8000-00000000000f")]
    [InlineData("scope", "admin")]
    public async Task changed_claims_break_the_signature(string claim, string value)
    {
        var token = gateway.ForUser(Ann, "wallets");
        var (_, claims, _) = Split(token);
        claims[claim] = value;
        var parts = token.Split('.');

        (await Verify($"{parts[0]}.{Part(claims)}.{parts[2]}")).ShouldBeNull();
    }

    [Fact]
    public async Task another_audience_is_refused_even_when_signed()
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        claims["aud"] = "browsers";

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Fact]
    public async Task it_ends_after_a_minute_and_another_for_clocks_that_differ()
    {
        var token = gateway.ForUser(Ann, "wallets");

        time.Advance(TimeSpan.FromSeconds(119));
        (await Verify(token)).ShouldNotBeNull("a minute between the clocks is borne");
        time.Advance(TimeSpan.FromSeconds(1));
        (await Refused(token)).ShouldContain("'gateway' and 'wallets' differ by 120 s");
    }

    [Fact]
    public async Task a_token_of_a_clock_that_is_wrong_is_no_fault_of_whoever_calls()
    {
        time.Advance(TimeSpan.FromSeconds(60));
        var borne = gateway.ForUser(Ann, "wallets");
        time.Advance(TimeSpan.FromSeconds(15));
        var (ofPerson, ofService) = (gateway.ForUser(Ann, "wallets"), sync.ForService("wallets"));
        time.Advance(TimeSpan.FromSeconds(-75));
        var counted = new List<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "identity.clock_refusals") listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, count, tags, _) => counted.Add($"{tags[0].Value} {count}"));
        meters.Start();

        (await Verify(borne)).ShouldNotBeNull("a minute between the clocks is borne");
        (await Refused(ofPerson)).ShouldContain("'gateway' and 'wallets' differ by 75 s");
        (await Refused(ofService)).ShouldContain("'sync' and 'wallets' differ by 75 s");

        counted.ShouldBe(["gateway 1", "sync 1"]);
        said.Lines.Count.ShouldBe(2);
        said.Lines[0].ShouldContain(time.GetUtcNow().ToString("O"));
        said.Lines[0].ShouldContain(time.GetUtcNow().AddSeconds(75).ToString("O"));
    }

    [Fact]
    public async Task times_excuse_no_token_that_is_wrong_otherwise()
    {
        time.Advance(TimeSpan.FromMinutes(5));
        var ahead = sync.ForUser(Ann, "wallets");
        time.Advance(TimeSpan.FromMinutes(-5));

        (await Verify(ahead)).ShouldBeNull("only the gateway vouches for people");
        said.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task one_that_lives_longer_than_a_minute_is_refused()
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        claims["exp"] = JsonSerializer.SerializeToElement(time.GetUtcNow().ToUnixTimeSeconds() + 3600);

        (await Verify(Resign(header, claims, gateway))).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("e30.e30.")]
    [InlineData("....")]
    public async Task what_is_no_token_is_refused(string token) => (await Verify(token)).ShouldBeNull();

    [Fact]
    public async Task a_signature_is_taken_in_one_spelling_only()
    {
        var token = gateway.ForUser(Ann, "wallets");

        (await Verify(token + "=")).ShouldBeNull();
        (await Verify(token + " ")).ShouldBeNull();
        // The last character of 64 bytes carries four bits that nothing encodes.
        var last = token[^1] switch { 'A' => 'B', 'Q' => 'R', 'g' => 'h', _ => 'x' };
        (await Verify(token[..^1] + last)).ShouldBeNull();
    }

    [Fact]
    public async Task a_der_signature_is_refused()
    {
        var (header, claims, _) = Split(gateway.ForUser(Ann, "wallets"));
        var signed = $"{Part(header)}.{Part(claims)}";
        var signature = gateway.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        (await Verify($"{signed}.{Base64Url.EncodeToString(signature)}")).ShouldBeNull();
    }

    [Fact]
    public async Task a_new_key_is_found_when_a_token_names_it()
    {
        await Verify(gateway.ForUser(Ann, "wallets"));
        using var renewed = new TokenSigner("gateway", Keys.Private(), time);
        published["gateway"] = [renewed.PublicKey];
        time.Advance(TimeSpan.FromSeconds(5));

        (await Verify(renewed.ForUser(Ann, "wallets"))).ShouldNotBeNull();
        (await Verify(gateway.ForUser(Ann, "wallets"))).ShouldBeNull("the old key is not published any more");
    }

    [Fact]
    public async Task invented_key_names_are_not_looked_up_each_time()
    {
        await Verify(gateway.ForUser(Ann, "wallets"));
        for (var i = 0; i < 100; i++)
        {
            using var invented = new TokenSigner("gateway", Keys.Private(), time);
            (await Verify(invented.ForUser(Ann, "wallets"))).ShouldBeNull();
        }

        published.Reads("gateway").ShouldBe(1);
    }

    [Fact]
    public async Task a_dropped_key_is_forgotten_in_time()
    {
        await Verify(gateway.ForUser(Ann, "wallets"));
        published["gateway"] = [];
        time.Advance(TimeSpan.FromMinutes(11));

        (await Verify(gateway.ForUser(Ann, "wallets"))).ShouldBeNull();
    }

    [Fact]
    public async Task an_issuer_that_never_answered_is_unavailable_and_not_a_liar()
    {
        using var portfolio = new TokenSigner("portfolio", Keys.Private(), time);

        var refused = await Should.ThrowAsync<DomainException>(async () => await Verify(portfolio.ForService("wallets")));

        refused.Problem.Code.ShouldBe("upstream-unavailable");
        refused.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task a_published_key_must_bear_its_own_thumbprint()
    {
        using var other = new TokenSigner("gateway", Keys.Private(), time);
        published["gateway"] = [other.PublicKey with { Kid = gateway.PublicKey.Kid }];

        (await Verify(gateway.ForUser(Ann, "wallets"))).ShouldBeNull();
    }

    public void Dispose()
    {
        gateway.Dispose();
        sync.Dispose();
        verifier.Dispose();
        published.Dispose();
    }

    private async Task<Identity?> Verify(string token) => await verifier.VerifyAsync(token, TestContext.Current.CancellationToken);

    private async Task<string> Refused(string token)
    {
        var refusal = await Should.ThrowAsync<DomainException>(() => Verify(token));
        (refusal.Problem.Code, refusal.Problem.Status, refusal.RetryAfter.HasValue).ShouldBe(("clocks-differ", 503, true));
        return refusal.Message;
    }

    private sealed class Said : ILogger<TokenVerifier>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }

    private static (Dictionary<string, object> Header, Dictionary<string, object> Claims, string Signature) Split(string token) =>
        token.Split('.') is [var header, var claims, var signature] ? (Read(header), Read(claims), signature) : throw new FormatException();

    private static Dictionary<string, object> Read(string part) =>
        JsonSerializer.Deserialize<Dictionary<string, object>>(Base64Url.DecodeFromChars(part))!;

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Resign(Dictionary<string, object> header, Dictionary<string, object> claims, TokenSigner signer)
    {
        var signed = $"{Part(header)}.{Part(claims)}";
        var signature = signer.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The issuers' <c>/internal/keys</c>; one without an entry does not answer.</summary>
    private sealed class PublishedKeys : HttpMessageHandler, IHttpClientFactory
    {
        private readonly Dictionary<string, PublicKey[]> keys = [];
        private readonly Dictionary<string, int> reads = [];

        public PublicKey[] this[string issuer] { set => keys[issuer] = value; }

        public int Reads(string issuer) => reads.GetValueOrDefault(issuer);

        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var issuer = request.RequestUri!.Host;
            request.RequestUri.AbsolutePath.ShouldBe("/internal/keys");
            reads[issuer] = Reads(issuer) + 1;
            if (!keys.TryGetValue(issuer, out var published))
                throw new HttpRequestException("Connection refused");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new PublicKeys(published))),
            });
        }
    }
}
