using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ReceivingUploads
{
    private static readonly Guid User = Guid.NewGuid();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task one_that_never_ends_keeps_no_other_waiting_and_a_third_of_one_user_is_refused()
    {
        using var uploads = new Uploads(Options.Create(new ImportOptions { UploadsAtOnce = 1 }), TimeProvider.System);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var slow = Enumerable.Range(0, 2)
            .Select(_ => uploads.ReadAsync(Request(new Pipe().Reader.AsStream()), User, content => content.Length, given.Token)).ToList();

        (await uploads.ReadAsync(Request(new MemoryStream(new byte[100])), Guid.NewGuid(), content => content.Length, Token)).ShouldBe(100);
        (await Should.ThrowAsync<DomainException>(
            () => uploads.ReadAsync(Request(new MemoryStream(new byte[100])), User, content => content.Length, Token))).Problem.Code
            .ShouldBe("rate-limited");

        await given.CancelAsync();
        foreach (var one in slow) await Should.ThrowAsync<OperationCanceledException>(() => one);
        (await uploads.ReadAsync(Request(new MemoryStream(new byte[7])), User, content => content.Length, Token)).ShouldBe(7);
    }

    [Fact]
    public async Task one_that_does_not_come_in_time_is_given_up()
    {
        using var uploads = new Uploads(Options.Create(new ImportOptions()), new Hurried());
        (await Should.ThrowAsync<DomainException>(
            () => uploads.ReadAsync(Request(new Pipe().Reader.AsStream()), User, content => content.Length, Token))).Problem.Code
            .ShouldBe("request-timeout");
    }

    [Fact]
    public async Task one_that_does_not_say_how_large_it_is_is_refused_where_it_is_too_large()
    {
        using var uploads = new Uploads(Options.Create(new ImportOptions { MaxUploadBytes = 1024 }), TimeProvider.System);
        (await Should.ThrowAsync<DomainException>(
            () => uploads.ReadAsync(Request(new MemoryStream(new byte[200_000])), User, content => content.Length, Token))).Problem.Code
            .ShouldBe("body-too-large");
    }

    private static HttpRequest Request(Stream body) => new DefaultHttpContext { Request = { Body = body } }.Request;

    /// <summary>A clock whose every timer is due at once.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
