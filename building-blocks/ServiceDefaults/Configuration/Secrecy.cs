using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace ServiceDefaults;

/// <summary>How a setting may be shown to people: whole, in part, or not at all.</summary>
internal static partial class Secrecy
{
    private const string Hidden = "***";

    public static string Shown(string key, string value)
    {
        if (value.Length == 0) return value;
        if (SecretName().IsMatch(ConfigurationPath.GetSectionKey(key))) return Hidden;
        if (key.StartsWith("ConnectionStrings:", StringComparison.OrdinalIgnoreCase)) return ConnectionString(value);
        return Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Host.Length > 0 ? Address(address) : value;
    }

    private static string ConnectionString(string value)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = value };
            foreach (var name in parts.Keys.Cast<string>().ToList())
                if (SecretName().IsMatch(name) || name.Equals("pwd", StringComparison.OrdinalIgnoreCase)) parts[name] = Hidden;
            return parts.ConnectionString;
        }
        catch (ArgumentException)
        {
            return Hidden;
        }
    }

    // Some nodes take their keys in the path; nothing else there is as long.
    private static string Address(Uri address)
    {
        var user = address.UserInfo.Split(':') is [{ Length: > 0 } name, ..] ? $"{name}:{Hidden}@" : "";
        var path = string.Join('/', address.AbsolutePath.Split('/').Select(segment => segment.Length >= 16 ? Hidden : segment));
        return $"{address.Scheme}://{user}{address.Authority}{(path == "/" ? "" : path)}{(address.Query.Length > 0 ? "?" + Hidden : "")}";
    }

    [GeneratedRegex("(Key|Password|Secret|Token)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
