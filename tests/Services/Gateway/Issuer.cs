using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Testing;
using Xunit;

namespace Services.Gateway;

/// <summary>An identity provider of the tests' own: a discovery document, its public keys, and tokens of any content.</summary>
internal sealed class Issuer : IAsyncDisposable
{
    public const string Audience = "wallet-tracker";
    private readonly RSA rsa = RSA.Create(2048);
    private readonly WebApplication app;

    private Issuer(string address)
    {
        Address = address;
        Key = new RsaSecurityKey(rsa) { KeyId = "one" };
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Urls"] = address, ["Logging:LogLevel:Default"] = "Error" });
        app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = address, ["jwks_uri"] = $"{address}/keys",
        }));
        app.MapGet("/keys", () =>
        {
            var published = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false)) { KeyId = "one" });
            return Results.Json(new
            {
                keys = new object[]
                {
                    new { kty = published.Kty, kid = published.Kid, n = published.N, e = published.E, use = "sig" },
                    new { kty = "oct", kid = Shared.KeyId, k = Base64UrlEncoder.Encode(Shared.Key) },
                },
            });
        });
    }

    public string Address { get; }

    public RsaSecurityKey Key { get; }

    /// <summary>A secret that it shares with whoever reads its keys.</summary>
    public SymmetricSecurityKey Shared { get; } = new(RandomNumberGenerator.GetBytes(32)) { KeyId = "shared" };

    /// <summary>Its public key as somebody would misuse it who takes it for a shared secret.</summary>
    public byte[] PublicKey => rsa.ExportSubjectPublicKeyInfo();

    public static async Task<Issuer> StartAsync(int? port = null)
    {
        var issuer = new Issuer($"http://127.0.0.1:{port ?? FreePort.Next()}");
        await issuer.app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <summary>A good token, but for what is said otherwise.</summary>
    public string Token(
        Dictionary<string, object> claims, SigningCredentials? by = null, string? issuer = null, string audience = Audience,
        TimeSpan? expiresIn = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = audience,
            Claims = claims,
            NotBefore = DateTime.UtcNow.AddHours(-1),
            Expires = DateTime.UtcNow + (expiresIn ?? TimeSpan.FromMinutes(5)),
            SigningCredentials = by ?? new SigningCredentials(Key, SecurityAlgorithms.RsaSha256),
        });

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        rsa.Dispose();
    }
}
