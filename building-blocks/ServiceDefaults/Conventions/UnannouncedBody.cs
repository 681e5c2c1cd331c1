using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ServiceDefaults;

/// <summary>
/// A request's body whose length was not announced, refused where it passes its limit. The server itself would close the connection under who
/// is still sending, who then sees that it broke and not why; here the rest may be passed over, as of a body that is announced.
/// </summary>
internal sealed class UnannouncedBody(Stream body, IHttpMaxRequestBodySizeFeature limit) : Stream
{
    private long? most;
    private long had;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Task Limit(HttpContext context, RequestDelegate next)
    {
        if (context.Request.ContentLength is null
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            context.Request.Body = new UnannouncedBody(context.Request.Body, limit);
        return next(context);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begin();
        return Counted(await body.ReadAsync(buffer, cancellationToken));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        Begin();
        return Counted(body.Read(buffer, offset, count));
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Only now is the limit of the route known, and after the first byte the server's own can no longer be moved.
    private void Begin()
    {
        if (most is not null) return;
        most = limit.MaxRequestBodySize ?? long.MaxValue;
        if (limit is { IsReadOnly: false, MaxRequestBodySize: { } size })
            limit.MaxRequestBodySize = Math.Max(size, ProblemResponse.MostPassedOver);
    }

    private int Counted(int read) => (had += read) <= most
        ? read
        : throw new BadHttpRequestException("The body is larger than is taken here.", StatusCodes.Status413PayloadTooLarge);
}
