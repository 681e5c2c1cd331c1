using Contracts;
using EventSourcing;
using ServiceDefaults;

namespace Messaging;

/// <summary>Follows the log of the Wallets service, where everything is that people write; there, <paramref name="own"/> is that log.</summary>
internal sealed class ReadYourWrites(IEnumerable<Inbox> inboxes, EventStore? own) : IReadYourWrites
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly Inbox? writes = inboxes.SingleOrDefault(inbox => inbox.Source == Sources.Wallets);

    public async Task ReachAsync(long version, CancellationToken ct)
    {
        if (own is not null && (await own.EndAsync(version, ct)).Position < version) throw Unknown(version);
        if (writes is null) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AtMost);
        try
        {
            while (!await HasReachedAsync(version, limit.Token)) await Task.Delay(Pause, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DomainException("version-not-reached", $"Version {version} has not arrived here yet.", "?minVersion")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }

    // The bus has mostly brought it; where not, or where it is about something that is not published, the feed has it.
    private async Task<bool> HasReachedAsync(long version, CancellationToken ct)
    {
        if (await writes!.ReadToAsync(ct) >= version) return true;
        try
        {
            await writes.PullAsync(version, ct);
        }
        catch (Exception e) when (Transient.Is(e))
        {
            return false;
        }

        if (await writes.ReadToAsync(ct) >= version) return true;
        // The pull ended at the head of a log that has been appended to before anyone could learn the version.
        if (writes.State.Blocked is null && writes.State.Head < version)
            throw Unknown(version);
        return false;
    }

    private static DomainException Unknown(long version) => new("invalid-parameter", $"No write has got the version {version}.", "?minVersion");
}
