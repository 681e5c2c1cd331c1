using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ServiceDefaults;

/// <summary>Options that can say what is wrong with them.</summary>
public interface IValidated
{
    /// <summary>One sentence for each error, beginning with the key relative to the options' section: "PageSize must be from 1 to 100."</summary>
    IEnumerable<string> Errors();
}

/// <summary>Options whose errors are all reported together before a service starts.</summary>
public static class ValidatedOptions
{
    /// <summary>Binds <typeparamref name="T"/> to a configuration section and has it checked at start.</summary>
    public static IServiceCollection AddValidatedOptions<T>(this IServiceCollection services, string section) where T : class, IValidated
    {
        services.AddOptions<T>().BindConfiguration(section);
        services.AddSingleton(new StartCheck(provider => Check(() => provider.GetRequiredService<IOptions<T>>().Value, section)));
        services.AddSingleton(new OptionSection(section, typeof(T), provider => provider.GetRequiredService<IOptions<T>>().Value));
        return services;
    }

    /// <summary>Has the start refused when a single configuration key (a connection string, an address) is missing.</summary>
    public static IServiceCollection RequireConfiguration(this IServiceCollection services, string key, string whatItIs)
    {
        services.AddSingleton(new OptionKey(key));
        services.AddSingleton(new StartCheck(provider =>
            string.IsNullOrWhiteSpace(provider.GetRequiredService<IConfiguration>()[key]) ? [$"{key} is required: {whatItIs}."] : []));
        return services;
    }

    internal static void ThrowIfInvalid(IServiceProvider services)
    {
        if (Errors(services) is { Count: > 0 } errors)
            throw new InvalidConfigurationException(errors);
    }

    internal static IReadOnlyList<string> Errors(IServiceProvider services) =>
        [.. services.GetServices<StartCheck>().SelectMany(check => check.Errors(services)).Distinct()];

    private static IEnumerable<string> Check<T>(Func<T> bind, string section) where T : IValidated
    {
        try
        {
            return [.. bind().Errors().Select(error => $"{section}:{error}")];
        }
        catch (InvalidOperationException exception)
        {
            // A value that does not convert; the binder's message names the key.
            return [exception.Message];
        }
    }
}

internal sealed record StartCheck(Func<IServiceProvider, IEnumerable<string>> Errors);
