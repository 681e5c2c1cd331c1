using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults;

/// <summary>
/// <c>dotnet X.dll check-config</c>: what would run as it is configured, without secrets, and everything that is wrong with it;
/// connects nowhere. Exit code 0: it would start; 1: there are errors.
/// </summary>
internal static class CheckConfigCommand
{
    public static ProgramCommand For(Func<string[], WebApplication> build) => new("check-config", async args =>
    {
        try
        {
            await using var app = build(args);
            return Run(app.Services, Console.Out, Console.Error);
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"The service cannot be built: {e.Message}");
            return 1;
        }
    });

    internal static int Run(IServiceProvider services, TextWriter output, TextWriter error)
    {
        var errors = ValidatedOptions.Errors(services)
            .Concat(services.Unread().Select(key => $"{key} is not an option that this service has.")).ToList();

        output.WriteLine($"environment: {services.GetRequiredService<IHostEnvironment>().EnvironmentName}, release: {Release.Version}");
        foreach (var (key, value, isDefault) in Effective(services))
            output.WriteLine($"{key} = {Secrecy.Shown(key, value)}{(isDefault ? " (default)" : "")}");
        // What is made of settings that are not right says nothing.
        if (errors.Count == 0)
        {
            foreach (var line in services.GetServices<ConfigurationSummary>().SelectMany(summary => summary.Lines(services)))
                output.WriteLine(line);
            output.WriteLine("the configuration is valid");
            return 0;
        }

        error.WriteLine(new InvalidConfigurationException(errors).Message);
        return 1;
    }

    private static IEnumerable<(string Key, string Value, bool IsDefault)> Effective(IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var single = services.GetServices<OptionKey>()
            .Select(known => (known.Key, Value: configuration[known.Key] ?? ""))
            .Where(setting => setting.Value.Length > 0);
        return services.GetServices<OptionSection>()
            .SelectMany(known => OptionTree.Values(Bound(known, services)).Select(setting => (Key: $"{known.Section}:{setting.Key}", setting.Value)))
            .Concat(single)
            .DistinctBy(setting => setting.Key)
            .OrderBy(setting => setting.Key, StringComparer.Ordinal)
            .Select(setting => (setting.Key, setting.Value, configuration[setting.Key] is null));
    }

    private static object? Bound(OptionSection known, IServiceProvider services)
    {
        try
        {
            return known.Bind(services);
        }
        catch (InvalidOperationException)
        {
            // A value that does not convert is among the errors.
            return null;
        }
    }
}
