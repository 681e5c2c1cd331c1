using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class StartConfiguration
{
    [Fact]
    public void all_errors_of_all_options_are_told_at_once_with_their_keys()
    {
        var refused = Should.Throw<InvalidConfigurationException>(() => Check(new()
        {
            ["Pages:Size"] = "0",
            ["Walks:Count"] = "many",
            ["Identity:Issuers:gateway"] = "nowhere",
        }));

        refused.Errors.ShouldContain("Pages:Size must be at least 1.");
        refused.Errors.ShouldContain(error => error.Contains("Walks:Count") && error.Contains("many"));
        refused.Errors.ShouldContain("ConnectionStrings:Database is required: where the events are.");
        refused.Errors.ShouldContain(error => error.StartsWith("Identity:PrivateKey is required"));
        refused.Errors.ShouldContain("Identity:Issuers:gateway must be an absolute http(s) address.");
        refused.Errors.ShouldContain("Services:sync is required: the base address of the service 'sync'.");
        foreach (var error in refused.Errors)
            refused.Message.ShouldContain(error);
    }

    [Fact]
    public void a_right_configuration_passes() => Should.NotThrow(() => Check(new()
    {
        ["Pages:Size"] = "25",
        ["Walks:Count"] = "1",
        ["ConnectionStrings:Database"] = "Host=x",
        ["Identity:PrivateKey"] = Keys.Private(),
        ["Services:Sync"] = "http://sync",
    }));

    [Fact]
    public void a_key_on_another_curve_is_refused()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        var options = new IdentityOptions { PrivateKey = Convert.ToBase64String(key.ExportPkcs8PrivateKey()) };

        options.Errors().ShouldHaveSingleItem().ShouldStartWith("PrivateKey is not");
    }

    private static void Check(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddValidatedOptions<PageOptions>("Pages");
        services.AddValidatedOptions<WalkOptions>("Walks");
        services.AddValidatedOptions<IdentityOptions>(IdentityOptions.Section);
        services.RequireConfiguration("ConnectionStrings:Database", "where the events are");
        services.AddServiceClient("sync");
        using var provider = services.BuildServiceProvider();
        ValidatedOptions.ThrowIfInvalid(provider);
    }

    private sealed class PageOptions : IValidated
    {
        public int Size { get; init; }

        public IEnumerable<string> Errors() => Size < 1 ? ["Size must be at least 1."] : [];
    }

    private sealed class WalkOptions : IValidated
    {
        public int Count { get; init; }

        public IEnumerable<string> Errors() => [];
    }
}
