using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Takes an uploaded file in: the body itself, or the first file of a form. It is received into a temporary file, however slowly it comes; few at a
/// time in one process are then read, each held once in memory. What it is called and what it is said to be count for nothing.
/// </summary>
internal sealed class Uploads(IOptions<ImportOptions> options, TimeProvider time) : IDisposable
{
    private const int LongestBoundary = 100;
    private const int InMemory = 64 * 1024;
    private const int ReceivedOfUser = 2;
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(10);
    private readonly UserPlaces receiving = new(options.Value.ReceivedAtOnce, ReceivedOfUser);
    private readonly SemaphoreSlim gate = new(options.Value.UploadsAtOnce);

    /// <summary>Reads the file and makes something of it, before the next one is read.</summary>
    /// <exception cref="DomainException"><c>body-too-large</c>, <c>request-timeout</c>, <c>rate-limited</c> or <c>invalid-file</c>.</exception>
    public async Task<T> ReadAsync<T>(HttpRequest request, Guid user, Func<byte[], T> make, CancellationToken ct)
    {
        if (request.ContentLength > options.Value.MaxUploadBytes + FormOverhead) throw TooLarge();
        using var place = receiving.TryTake(user)
            ?? throw new DomainException("rate-limited", "No more uploads are taken here at a time; try again soon.") { RetryAfter = SoonEnough };
        await ReceiveAsync(request, ct);
        await gate.WaitAsync(ct);
        try
        {
            var content = await ContentAsync(request, ct);
            if (content.Length == 0) throw BadFile.Because("empty", "The file is empty.");
            return make(content);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>What a form may have around a file.</summary>
    public const int FormOverhead = 64 * 1024;

    public void Dispose() => gate.Dispose();

    // What comes slowly keeps nobody else waiting.
    private async Task ReceiveAsync(HttpRequest request, CancellationToken ct)
    {
        request.EnableBuffering(InMemory);
        using var deadline = new CancellationTokenSource(options.Value.ReceiveWithin, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            var (buffer, all) = (new byte[InMemory], 0L);
            while (await request.Body.ReadAsync(buffer, both.Token) is > 0 and var read)
            {
                if ((all += read) > options.Value.MaxUploadBytes + FormOverhead) throw TooLarge();
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new DomainException("request-timeout", $"The file did not come within {options.Value.ReceiveWithin.TotalSeconds:0} seconds.");
        }

        request.Body.Position = 0;
    }

    private async Task<byte[]> ContentAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
            return await AllAsync(request.Body, ct);

        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? HeaderUtilities.RemoveQuotes(type.Boundary).Value : null;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > LongestBoundary)
            throw BadFile.Because("form", "The form does not say where its parts end.");
        try
        {
            var form = new MultipartReader(boundary, request.Body);
            while (await form.ReadNextSectionAsync(ct) is { } part)
            {
                if (ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var said) && said.IsFileDisposition())
                    return await AllAsync(part.Body, ct);
            }
        }
        catch (InvalidDataException)
        {
            throw BadFile.Because("form", "The form cannot be read to its end.");
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw BadFile.Because("form", "The form ends too early.");
        }

        throw BadFile.Because("form", "The form has no file in it.");
    }

    private async Task<byte[]> AllAsync(Stream body, CancellationToken ct)
    {
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, ct) is > 0 and var read)
        {
            if (content.Length + read > options.Value.MaxUploadBytes) throw TooLarge();
            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private DomainException TooLarge() => new("body-too-large", $"A file has at most {options.Value.MaxUploadBytes} bytes.");
}
