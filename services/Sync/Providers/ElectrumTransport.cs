using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sync.Providers;

/// <summary>
/// Carries questions of JSON-RPC over a connection to a server of the Electrum protocol, so that they are asked within the limits of every other
/// provider. One connection is shared by all who ask; what is posted as a batch goes out as lines one behind the other, since not every server
/// takes batches. A connection that ended is opened anew by the next question.
/// </summary>
internal sealed class ElectrumTransport(string provider, Uri server, byte[]? fingerprint) : HttpMessageHandler
{
    public const string Plain = "tcp";
    public const string Tls = "ssl";

    private ElectrumConnection? open;

    private SemaphoreSlim Opening { get; } = new(1);

    /// <summary>The bytes of a certificate's SHA-256; null where the text is none.</summary>
    public static byte[]? FingerprintOf(string? text)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        return text?.Replace(":", "", StringComparison.Ordinal) is { Length: 2 * SHA256.HashSizeInBytes } digits
            && Convert.FromHexString(digits, bytes, out _, out _) is System.Buffers.OperationStatus.Done ? bytes : null;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await using var body = await request.Content!.ReadAsStreamAsync(cancellationToken);
        using var questions = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        var connection = await ConnectionAsync(cancellationToken);
        var answers = await connection.AskAsync([.. questions.RootElement.EnumerateArray()], cancellationToken);
        return new(HttpStatusCode.OK)
        {
            Content = new ReadOnlyMemoryContent(answers) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            open?.Dispose();
            Opening.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<ElectrumConnection> ConnectionAsync(CancellationToken ct)
    {
        if (open is { IsOver: false } known) return known;
        await Opening.WaitAsync(ct);
        try
        {
            if (open is { IsOver: false } meanwhile) return meanwhile;
            open?.Dispose();
            return open = await ElectrumConnection.OpenAsync(provider, server, fingerprint, ct);
        }
        finally
        {
            Opening.Release();
        }
    }
}
