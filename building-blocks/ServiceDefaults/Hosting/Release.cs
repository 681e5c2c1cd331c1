using System.Reflection;

namespace ServiceDefaults;

/// <summary>Which release runs: the version that the build was given, with the commit behind it where the build knew it.</summary>
public static class Release
{
    /// <summary>The header that every answer of the gateway has.</summary>
    public const string Header = "Software-Version";

    public static string Version { get; } =
        typeof(Release).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
