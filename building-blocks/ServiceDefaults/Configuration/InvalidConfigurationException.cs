namespace ServiceDefaults;

/// <summary>The service cannot start as it is configured; the message lists every error with its key.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> errors)
    : Exception($"The configuration is not valid:{Environment.NewLine}{string.Join(Environment.NewLine, errors.Select(error => "  - " + error))}")
{
    /// <summary>Every error, each beginning with its key.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;

    private static int installed;

    /// <summary>Has a process that dies of this say the message, without a stack trace, and exit with 1.</summary>
    internal static void EndProcessReadably()
    {
        if (Interlocked.Exchange(ref installed, 1) == 1)
            return;
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            if (e.ExceptionObject is not InvalidConfigurationException invalid)
                return;
            Console.Error.WriteLine(invalid.Message);
            Environment.Exit(1);
        };
    }
}
