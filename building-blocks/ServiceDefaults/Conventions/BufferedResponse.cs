using Microsoft.AspNetCore.Http;

namespace ServiceDefaults;

/// <summary>
/// Holds an answer back until it is known whole. What is no JSON, or more than any page of ours, is no longer held but
/// passed on as it comes: files and streams of events take no memory here.
/// </summary>
internal sealed class BufferedResponse(HttpResponse response, Stream outside) : Stream
{
    private const int MostHeld = 4 * 1024 * 1024;
    private readonly MemoryStream held = new();
    private bool passing;

    /// <summary>The whole body, or null when it was passed on.</summary>
    public ReadOnlyMemory<byte>? Whole => passing ? default(ReadOnlyMemory<byte>?) : held.GetBuffer().AsMemory(0, (int)held.Length);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Runs what answers with the body held back.</summary>
    public static async Task<BufferedResponse> RunAsync(HttpContext context, RequestDelegate next)
    {
        var outside = context.Response.Body;
        var body = new BufferedResponse(context.Response, outside);
        context.Response.Body = body;
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            context.Response.Body = outside;
        }
        return body;
    }

    /// <summary>Sends what is held.</summary>
    public async Task SendAsync(CancellationToken ct)
    {
        if (Whole is not { IsEmpty: false } bytes) return;
        response.ContentLength = bytes.Length;
        await outside.WriteAsync(bytes, ct);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!passing && (!IsJson || held.Length + buffer.Length > MostHeld))
        {
            passing = true;
            await outside.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), cancellationToken);
        }
        if (passing) await outside.WriteAsync(buffer, cancellationToken);
        else held.Write(buffer.Span);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // An answer that is held has not begun.
    public override Task FlushAsync(CancellationToken cancellationToken) => passing ? outside.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void Flush() { }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private bool IsJson => response.ContentType is { } type
        && (type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith(ProblemResponse.ContentType, StringComparison.OrdinalIgnoreCase));
}
