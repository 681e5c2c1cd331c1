using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Webhooks;

/// <summary>The reference library of Standard Webhooks takes what is posted.</summary>
public sealed class VerifyingElsewhere
{
    [Fact]
    public async Task what_is_posted_verifies_with_the_reference_library()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (_, secret) = await service.Webhook(receiver);
        await service.Tell(5, status: "„ü€😀“");
        await Eventually.Is(() => receiver.Posted.Count == 5, "all arrived");

        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "webhooks")).FullName;
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.ndjson");
        await File.WriteAllLinesAsync(file, receiver.Posted.Select(message => JsonSerializer.Serialize(new
        {
            secret = $"whsec_{Convert.ToBase64String(secret)}", body = message.Body,
            headers = new Dictionary<string, string>
            {
                ["webhook-id"] = message.Id, ["webhook-timestamp"] = message.Timestamp, ["webhook-signature"] = message.Signature,
            },
        })), ct);
        using var checker = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "webhooks.sh"), file])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = checker.StandardError.ReadToEndAsync(ct);
        var output = await checker.StandardOutput.ReadToEndAsync(ct);
        await checker.WaitForExitAsync(ct);
        checker.ExitCode.ShouldBe(0, output + await errors);
        output.Trim().ShouldBe("5 verified");
        File.Delete(file);
    }
}
