using System.Text.Json;
using EventSourcing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>What a write's answer is kept as, and which version it tells.</summary>
public sealed class Answers(IHttpContextAccessor requests, IOptions<JsonOptions> json)
{
    /// <summary>
    /// Puts the answer into the write's own transaction where the request has an Idempotency-Key, so that a repetition
    /// gets it even if this process dies before anybody does.
    /// </summary>
    public async Task KeepAsync(Work work, IResult answer, Guid? walletId, CancellationToken ct)
    {
        if (Request is not { } request) return;
        var value = ((IValueHttpResult)answer).Value!;
        var location = answer.GetType().GetProperty("Location")?.GetValue(answer) as string;
        await IdempotencyKeys.KeepAsync(
            work.Connection, request,
            new(((IStatusCodeHttpResult)answer).StatusCode!.Value, location,
                JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), json.Value.SerializerOptions)),
            walletId, ct);
        request.IsKept = true;
    }

    /// <summary>Commits the work with its answer.</summary>
    public async Task CommitAsync(Work work, IResult answer, Guid? walletId, CancellationToken ct)
    {
        await KeepAsync(work, answer, walletId, ct);
        KillPoint.Reach("write-before-commit");
        Wrote((await work.CommitAsync(ct)).Position);
        KillPoint.Reach("write-after-commit");
    }

    /// <summary>Tells the version of what was stored.</summary>
    public void Wrote(long position) => requests.HttpContext?.Response.SetVersion(position);

    /// <summary>Nothing had to be stored; whoever did it before has a version up to the log's head.</summary>
    public void WroteNothing(long head)
    {
        Wrote(head);
        Discard();
    }

    /// <summary>What an attempt put into its transaction is undone with it.</summary>
    public void Discard()
    {
        if (Request is { } request) request.IsKept = false;
    }

    private IdempotentRequest? Request => requests.HttpContext?.Features.Get<IdempotentRequest>();
}
