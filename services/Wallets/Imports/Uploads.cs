using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Takes an uploaded file in: the body itself, or the first file of a form. Few at a time in one process, each held once in memory; what it is
/// called and what it is said to be count for nothing.
/// </summary>
internal sealed class Uploads(IOptions<ImportOptions> options) : IDisposable
{
    private const int LongestBoundary = 100;
    private readonly SemaphoreSlim gate = new(options.Value.UploadsAtOnce);

    /// <summary>Reads the file and makes something of it, before the next one is read.</summary>
    /// <exception cref="DomainException"><c>body-too-large</c> or <c>invalid-file</c>.</exception>
    public async Task<T> ReadAsync<T>(HttpRequest request, Func<byte[], T> make, CancellationToken ct)
    {
        if (request.ContentLength > options.Value.MaxUploadBytes + FormOverhead) throw TooLarge();
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
