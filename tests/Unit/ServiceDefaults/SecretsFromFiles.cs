using Microsoft.Extensions.Configuration;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class SecretsFromFiles : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void a_setting_is_what_the_file_holds_that_its_name_with_FILE_at_the_end_names()
    {
        File.WriteAllText(file, "amqp://user:p4ss@host/x\n");
        var configuration = Configured(("RabbitMq:Uri_FILE", file));

        configuration.AddSecretFiles().ShouldBeEmpty();

        configuration["RabbitMq:Uri"].ShouldBe("amqp://user:p4ss@host/x");
    }

    [Fact]
    public void what_has_no_level_is_somebody_elses() =>
        Configured(("SSL_CERT_FILE", "/nowhere/cert.pem")).AddSecretFiles().ShouldBeEmpty();

    [Fact]
    public void every_file_that_is_not_there_or_empty_and_every_value_given_twice_is_told()
    {
        File.WriteAllText(file, "\n");

        Configured(
            ("Identity:PrivateKey_FILE", "/nowhere/key"), ("RabbitMq:Uri_FILE", file), ("Chains:bitcoin:Providers:0:Key_FILE", file),
            ("Chains:bitcoin:Providers:0:Key", "secret")).AddSecretFiles().ShouldBe(
        [
            "Chains:bitcoin:Providers:0:Key is given twice: by itself, and by Chains:bitcoin:Providers:0:Key_FILE.",
            "Identity:PrivateKey_FILE: there is no file /nowhere/key.",
            $"RabbitMq:Uri_FILE: the file {file} is empty.",
        ]);
    }

    private static ConfigurationManager Configured(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        return configuration;
    }
}
