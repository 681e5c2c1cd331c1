using System.Net.Http.Headers;
using System.Text;

namespace ChainSimulator;

/// <summary>
/// <c>dotnet ChainSimulator.dll ask PATH [JSON]</c>: asks the simulator that runs in this container, with a body as POST, and
/// prints the answer; an absolute address asks another. For images without curl. Exit code 0 for success, 1 otherwise.
/// </summary>
internal static class Ask
{
    /// <summary>True when the arguments asked for it; the process's exit code is then set.</summary>
    public static bool TryRun(string[] args)
    {
        if (args is not ["ask", var path, .. var body]) return false;
        Environment.ExitCode = Run(path, body.FirstOrDefault());
        return true;
    }

    private static int Run(string path, string? body)
    {
        var port = Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")?.Split(';')[0] ?? "8080";
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        try
        {
            using var response = client.Send(request);
            using var output = Console.OpenStandardOutput();
            response.Content.ReadAsStream().CopyTo(output);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Console.Error.WriteLine($"{path} does not answer: {exception.Message}");
            return 1;
        }
    }
}
