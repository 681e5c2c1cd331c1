using Chains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>
/// The catalogue of networks that a service works with: those that ship, and what its configuration says at
/// <c>Networks:{slug}</c>.
/// </summary>
public static class ConfiguredNetworks
{
    private const string Section = "Networks";

    /// <summary>Registers the catalogue and returns it; settings that are not valid have the start refused.</summary>
    public static NetworkCatalogue AddNetworks(this IServiceCollection services, IConfiguration configuration)
    {
        var (networks, errors) = Read(configuration.GetSection(Section));
        services.AddSingleton(networks);
        services.AddSingleton(new StartCheck(_ => errors));
        services.AddSingleton(new OptionSection(Section, typeof(Dictionary<string, NetworkSettings>),
            _ => configuration.GetSection(Section).Get<Dictionary<string, NetworkSettings>>() ?? []));
        return networks;
    }

    private static (NetworkCatalogue Networks, IReadOnlyList<string> Errors) Read(IConfigurationSection section)
    {
        Dictionary<string, NetworkSettings> settings = [];
        List<string> errors = [];
        foreach (var network in section.GetChildren())
        {
            try
            {
                settings[network.Key] = network.Get<NetworkSettings>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
            }
            catch (InvalidOperationException exception)
            {
                // A key that is not known, or a value that does not convert; the binder's inner message names it.
                errors.Add($"{network.Path}: {(exception.InnerException as InvalidOperationException ?? exception).Message}");
            }
        }

        try
        {
            return (Networks.Shipped.With(settings), errors);
        }
        catch (NetworkSettingsException exception)
        {
            return (Networks.Shipped, [.. errors, .. exception.Errors.Select(error => $"{Section}:{error}")]);
        }
    }
}
