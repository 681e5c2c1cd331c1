using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Messaging;
using Shouldly;
using Xunit;

namespace Unit.Messages;

/// <summary>Which certificate of a broker is believed.</summary>
public sealed class BrokersCertificate : IDisposable
{
    private const SslPolicyErrors Chain = SslPolicyErrors.RemoteCertificateChainErrors;
    private const SslPolicyErrors Name = SslPolicyErrors.RemoteCertificateNameMismatch;

    private readonly string file = Path.GetTempFileName();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 ours;
    private readonly X509Certificate2 foreign;

    public BrokersCertificate()
    {
        (ours, foreign) = (Authority("ours"), Authority("foreign"));
        File.WriteAllText(file, ours.ExportCertificatePem());
    }

    public void Dispose()
    {
        ours.Dispose();
        foreign.Dispose();
        key.Dispose();
        File.Delete(file);
    }

    [Fact]
    public void one_of_our_authority_is_good_for_its_name_alone()
    {
        var broker = BrokerCertificate.Of(file);
        using var good = SignedBy(ours);
        using var bad = SignedBy(foreign);
        broker.IsGood(this, good, null, Chain).ShouldBeTrue();
        broker.IsGood(this, good, null, Chain | Name).ShouldBeFalse();
        broker.IsGood(this, bad, null, Chain).ShouldBeFalse();
        // One that the machine trusts is not one of ours.
        broker.IsGood(this, bad, null, SslPolicyErrors.None).ShouldBeFalse();
        broker.IsGood(this, null, null, SslPolicyErrors.RemoteCertificateNotAvailable).ShouldBeFalse();
    }

    [Fact]
    public void without_a_file_the_machine_decides()
    {
        var broker = BrokerCertificate.Of(null);
        using var any = SignedBy(ours);
        broker.IsGood(this, any, null, SslPolicyErrors.None).ShouldBeTrue();
        broker.IsGood(this, any, null, Chain).ShouldBeFalse();
    }

    [Fact]
    public void a_file_without_authorities_is_an_error_at_start()
    {
        BrokerCertificate.Errors(file).ShouldBeEmpty();
        File.WriteAllText(file, "nothing");
        BrokerCertificate.Errors(file).ShouldBe([$"there is no certificate in {file}."]);
        BrokerCertificate.Errors(file + ".gone").ShouldHaveSingleItem();
        new RabbitMqOptions { Uri = "amqp://broker/", CaFile = null, ServerName = "broker" }.Errors().ShouldHaveSingleItem().ShouldContain("amqps");
    }

    private X509Certificate2 Authority(string name)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 SignedBy(X509Certificate2 authority)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=broker", own, HashAlgorithmName.SHA256)
            .Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3]);
    }
}
