using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

/// <summary>A body that is read for its key, and then again, is held in memory only where none is large.</summary>
public sealed class SpoolingUploads
{
    [Theory]
    [InlineData(20 * 1024 * 1024, false)]
    [InlineData(1024 * 1024, true)]
    public async Task what_may_be_large_goes_to_a_file(int largest, bool inMemory)
    {
        using var services = new ServiceCollection().AddSingleton<IIdempotencyKeys>(new Busy()).BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = "POST";
        context.Request.Headers[IdempotencyMiddleware.Header] = "key";
        context.Request.Body = PipeReader.Create(new MemoryStream(new byte[500_000])).AsStream();
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(new Limit { MaxRequestBodySize = largest });
        context.Features.Set(new Caller(Guid.NewGuid(), Guid.NewGuid(), new HashSet<string>(), null));

        await Should.ThrowAsync<DomainException>(() => new IdempotencyMiddleware(_ => Task.CompletedTask).InvokeAsync(context));

        using var body = context.Request.Body.ShouldBeOfType<FileBufferingReadStream>();
        (body.InMemory, body.Length, body.Position).ShouldBe((inMemory, 500_000, 0));
    }

    private sealed class Limit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }

    private sealed class Busy : IIdempotencyKeys
    {
        public Task<KeyState> ClaimAsync(Guid userId, string key, byte[] request, CancellationToken ct) =>
            Task.FromResult<KeyState>(new KeyState.Running());

        public Task KeepAsync(IdempotentRequest request, KeptAnswer answer, Guid? walletId, CancellationToken ct) => Task.CompletedTask;

        public Task ReleaseAsync(IdempotentRequest request) => Task.CompletedTask;
    }
}
