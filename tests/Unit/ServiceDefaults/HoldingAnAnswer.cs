using Microsoft.AspNetCore.Http;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

/// <summary>An answer is held for its tag as long as it is one of ours; what is larger or comes by and by takes no memory.</summary>
public sealed class HoldingAnAnswer
{
    private const int Piece = 64 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_page_is_held_until_it_is_sent()
    {
        var (context, outside) = Answering("application/json; charset=utf-8");

        var body = await BufferedResponse.RunAsync(context, Write(3));

        outside.Length.ShouldBe(0);
        body.Whole!.Value.Length.ShouldBe(3 * Piece);
        await body.SendAsync(Token);
        outside.Length.ShouldBe(3 * Piece);
    }

    [Fact]
    public async Task more_than_any_page_is_passed_on_whole_and_no_longer_held()
    {
        var (context, outside) = Answering("application/json");
        var most = 0L;

        var body = await BufferedResponse.RunAsync(context, async inner =>
        {
            for (var written = 1; written <= 400; written++)
            {
                await inner.Response.Body.WriteAsync(Some(), Token);
                most = Math.Max(most, ((long)written * Piece) - outside.Length);
            }
        });

        body.Whole.ShouldBeNull();
        most.ShouldBe(4 * 1024 * 1024);
        outside.Length.ShouldBe(400 * Piece);
        outside.ToArray().Chunk(Piece).All(piece => piece.AsSpan().SequenceEqual(Some())).ShouldBeTrue();
    }

    [Theory]
    [InlineData("text/csv")]
    [InlineData("text/event-stream")]
    [InlineData(null)]
    public async Task what_is_no_json_goes_out_as_it_comes(string? type)
    {
        var (context, outside) = Answering(type);

        var body = await BufferedResponse.RunAsync(context, async inner =>
        {
            await inner.Response.Body.WriteAsync(Some(), Token);
            outside.Length.ShouldBe(Piece);
        });

        body.Whole.ShouldBeNull();
    }

    private static (HttpContext Context, MemoryStream Outside) Answering(string? type)
    {
        var outside = new MemoryStream();
        return (new DefaultHttpContext { Response = { Body = outside, ContentType = type } }, outside);
    }

    private static RequestDelegate Write(int pieces) => async context =>
    {
        for (var written = 0; written < pieces; written++) await context.Response.Body.WriteAsync(Some(), Token);
    };

    private static byte[] Some() => [.. Enumerable.Range(0, Piece).Select(number => (byte)number)];
}
