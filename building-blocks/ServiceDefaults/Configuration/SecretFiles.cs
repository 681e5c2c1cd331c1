using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>
/// Settings that stand in files of their own, as Docker and Kubernetes mount secrets: where a key with <c>_FILE</c> at its end
/// names a file (<c>RabbitMq__Uri_FILE=/run/secrets/rabbitmq</c>), what the file holds is the value of the key without it.
/// Line ends at the file's end do not count.
/// </summary>
public static class SecretFiles
{
    /// <summary>What a key ends with that names the file of its value.</summary>
    public const string Suffix = "_FILE";

    /// <summary>Reads them, once, and returns what is wrong with any: a file that cannot be read, or a value that is given twice.</summary>
    public static IReadOnlyList<string> AddSecretFiles(this ConfigurationManager configuration)
    {
        Dictionary<string, string?> values = [];
        List<string> errors = [];
        foreach (var (named, file) in configuration.AsEnumerable().OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            // What has no level is not ours: SSL_CERT_FILE, say.
            if (!named.EndsWith(Suffix, StringComparison.Ordinal) || !named.Contains(ConfigurationPath.KeyDelimiter) || string.IsNullOrEmpty(file))
                continue;

            var key = named[..^Suffix.Length];
            if (!string.IsNullOrEmpty(configuration[key])) errors.Add($"{key} is given twice: by itself, and by {named}.");
            else if (Read(file, out var value) is { } error) errors.Add($"{named}: {error}");
            else values[key] = value;
        }

        configuration.AddInMemoryCollection(values);
        return errors;
    }

    internal static void AddSecretFiles(this IServiceCollection services, ConfigurationManager configuration)
    {
        var errors = configuration.AddSecretFiles();
        services.AddSingleton(new StartCheck(_ => errors));
    }

    private static string? Read(string file, out string value)
    {
        value = "";
        try
        {
            value = File.ReadAllText(file).TrimEnd('\r', '\n');
            return value.Length == 0 ? $"the file {file} is empty." : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no file {file}.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the file {file} cannot be read.";
        }
    }
}
