using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portfolio.Feed.Channels;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>Holds the document against AsyncAPI's parser, and what clients were sent against the document.</summary>
internal static class AsyncApiDocument
{
    /// <summary>Returns what was checked, in a line.</summary>
    public static Task<string> ShouldDescribe(params IEnumerable<JsonElement> messages) => ShouldDescribe(AsyncApi.Make(), messages);

    public static async Task<string> ShouldDescribe(JsonObject document, IEnumerable<JsonElement> messages)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "asyncapi")).FullName;
        var (file, lines) = (Path.Combine(folder, $"{Guid.NewGuid():N}.json"), Path.Combine(folder, $"{Guid.NewGuid():N}.ndjson"));
        await File.WriteAllTextAsync(file, document.ToJsonString(), ct);
        await File.WriteAllLinesAsync(lines, messages.Select(message => JsonSerializer.Serialize(message)), ct);
        using var checker = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "asyncapi.sh"), file, lines])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = checker.StandardError.ReadToEndAsync(ct);
        var output = await checker.StandardOutput.ReadToEndAsync(ct);
        await checker.WaitForExitAsync(ct);
        checker.ExitCode.ShouldBe(0, output + await errors);
        File.Delete(file);
        File.Delete(lines);
        return output.Split('\n')[0];
    }
}
