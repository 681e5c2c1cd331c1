using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>A section that options of a type are bound to.</summary>
internal sealed record OptionSection(string Section, Type Type, Func<IServiceProvider, object> Bind);

/// <summary>A single key that is read by itself.</summary>
internal sealed record OptionKey(string Key);

/// <summary>What a service makes of its configuration, for those who ask before it runs: a line each.</summary>
public sealed record ConfigurationSummary(Func<IServiceProvider, IEnumerable<string>> Lines);

/// <summary>Which configuration keys a service reads.</summary>
internal static class KnownOptions
{
    /// <summary>Whether anybody in the service reads the key, such as <c>Sync:CheckSeconds</c>.</summary>
    public static bool Reads(this IServiceProvider services, string key)
    {
        if (services.GetServices<OptionKey>().Any(known => known.Key.Equals(key, StringComparison.OrdinalIgnoreCase))) return true;
        return services.GetServices<OptionSection>().Any(known =>
            IsWithin(key, known.Section) && OptionTree.Knows(known.Type, key[(known.Section.Length + 1)..].Split(ConfigurationPath.KeyDelimiter)));
    }

    /// <summary>Keys in the service's own sections that nobody reads: mistyped, most likely.</summary>
    public static IEnumerable<string> Unread(this IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        return services.GetServices<OptionSection>()
            .Select(known => known.Section.Split(ConfigurationPath.KeyDelimiter)[0]).Distinct()
            .SelectMany(section => configuration.GetSection(section).AsEnumerable())
            .Where(setting => setting.Value is not null && setting.Key.Contains(ConfigurationPath.KeyDelimiter))
            .Select(setting => setting.Key)
            .Where(key => !services.Reads(key.EndsWith(SecretFiles.Suffix, StringComparison.Ordinal) ? key[..^SecretFiles.Suffix.Length] : key))
            .Order(StringComparer.Ordinal);
    }

    private static bool IsWithin(string key, string section) =>
        key.Length > section.Length && key[section.Length] == ':' && key.StartsWith(section, StringComparison.OrdinalIgnoreCase);
}
