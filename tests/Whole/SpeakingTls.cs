using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>PostgreSQL and RabbitMQ that take TLS alone, and a gateway that speaks it to clients.</summary>
public sealed class SpeakingTls
{
    private const string Quiet = "bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_wallet_is_synced_over_tls_and_a_server_with_a_foreign_certificate_is_not_believed()
    {
        await using var system = await WholeSystem.Start(system => system.ServerSettings["TLS"] = "1", "--demo");
        var user = await system.NewUser();
        var wallet = await user.CreateWallet("over TLS");
        await user.Import(wallet, Quiet);
        await user.UntilVerified(wallet);

        (await Sessions(system)).ShouldBe((true, 0));
        await TheGatewayIsReached(system);

        var foreign = ForeignAuthority();
        // To the database.
        var connection = new NpgsqlConnectionStringBuilder(system.Servers.ServiceConnections["sync"]) { RootCertificate = foreign, Pooling = false };
        await using var strict = NpgsqlDataSource.Create(connection.ConnectionString);
        await Should.ThrowAsync<NpgsqlException>(async () => await strict.OpenConnectionAsync(Ct));

        // To the broker.
        await system.Wallets.Stop();
        system.Wallets.OnceOnly["RabbitMq__CaFile"] = foreign;
        system.Wallets.Launch();
        using var http = new HttpClient { BaseAddress = system.AddressOf("wallets") };
        await Eventually.Is(async () => (await Log(system.Wallets)).Contains("RemoteCertificateValidationCallback"), "the broker is refused",
            TimeSpan.FromMinutes(1));
        await Eventually.Is(async () => (await http.GetAsync("/health/ready", Ct)).StatusCode is HttpStatusCode.ServiceUnavailable,
            "the service waits for its broker");

        await system.Wallets.Stop();
        await system.Wallets.Start();
    }

    // Whether the services' roles have sessions at all, and how many of these are not encrypted.
    private static async Task<(bool Any, long Plain)> Sessions(WholeSystem system)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        await using var command = source.CreateCommand("""
            select count(*), count(*) filter (where not ssl)
            from pg_stat_ssl join pg_stat_activity using (pid)
            where usename in ('wallets', 'sync', 'portfolio')
            """);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        await reader.ReadAsync(Ct);
        return (reader.GetInt64(0) >= 3, reader.GetInt64(1));
    }

    private static async Task TheGatewayIsReached(WholeSystem system)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(system.Servers.Certificates!, "ca.pem"));
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        using var http = new HttpClient(handler) { BaseAddress = system.SecureGateway };
        using var answer = await http.GetAsync("/api/v1/health", Ct);
        answer.EnsureSuccessStatusCode();
        answer.Headers.GetValues("Strict-Transport-Security").ShouldHaveSingleItem().ShouldStartWith("max-age=31536000");

        using var plain = new HttpClient { BaseAddress = system.AddressOf("gateway") };
        using var unsafely = await plain.GetAsync("/api/v1/health", Ct);
        unsafely.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
    }

    private static string ForeignAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody else", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var file = Path.Combine(Repository.Logs, $"foreign-{Guid.NewGuid():N}.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return file;
    }

    private static async Task<string> Log(ServiceProcess process) => await File.ReadAllTextAsync(process.LogFile, Ct);
}
