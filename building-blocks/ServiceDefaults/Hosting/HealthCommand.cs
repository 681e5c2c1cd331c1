using System.Globalization;

namespace ServiceDefaults;

/// <summary><c>dotnet X.dll health</c>: asks the running service of this container whether it is ready, for images without curl.</summary>
internal static class HealthCommand
{
    /// <summary>0 for ready, 1 otherwise.</summary>
    public static async Task<int> RunAsync()
    {
        var address = new Uri(Address(), "/health/ready");
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await client.GetAsync(address);
            Console.WriteLine(await response.Content.ReadAsStringAsync());
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{address} does not answer.");
            return 1;
        }
    }

    private static Uri Address()
    {
        // The plain one, which there is for the other services: no certificate has the name 127.0.0.1.
        var first = Environment.GetEnvironmentVariable("ASPNETCORE_URLS")?.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(address => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
        var port = first is null
            ? Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")?.Split(';')[0] ?? "8080"
            : new UriBuilder(first.Replace("//+", "//x", StringComparison.Ordinal).Replace("//*", "//x", StringComparison.Ordinal))
                .Port.ToString(CultureInfo.InvariantCulture);
        return new Uri($"http://127.0.0.1:{port}");
    }
}
