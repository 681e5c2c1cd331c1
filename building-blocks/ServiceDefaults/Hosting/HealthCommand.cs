using System.Globalization;

namespace ServiceDefaults;

/// <summary><c>dotnet X.dll health</c>: asks the running service of this container whether it is ready, for images without curl.</summary>
public static class HealthCommand
{
    /// <summary>True when the arguments asked for it; the process's exit code is then 0 for ready, 1 otherwise.</summary>
    public static bool TryRun(string[] args)
    {
        if (args is not ["health", ..])
            return false;
        Environment.ExitCode = Ask(new Uri(Address(), "/health/ready"));
        return true;
    }

    private static int Ask(Uri address)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = client.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            Console.WriteLine(reader.ReadToEnd());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Console.Error.WriteLine($"{address} does not answer.");
            return 1;
        }
    }

    private static Uri Address()
    {
        var first = Environment.GetEnvironmentVariable("ASPNETCORE_URLS")?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        var port = first is null
            ? Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")?.Split(';')[0] ?? "8080"
            : new UriBuilder(first.Replace("//+", "//x", StringComparison.Ordinal).Replace("//*", "//x", StringComparison.Ordinal))
                .Port.ToString(CultureInfo.InvariantCulture);
        return new Uri($"http://127.0.0.1:{port}");
    }
}
