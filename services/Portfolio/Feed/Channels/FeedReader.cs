using EventSourcing;

namespace Portfolio.Feed.Channels;

/// <summary>Reads a user's feed from the event store, and says whether a position is one of it.</summary>
internal sealed class FeedReader(EventStore store)
{
    /// <summary>How many messages are read at once.</summary>
    public const int PageSize = 200;

    /// <summary>A user's messages after a number, at most so many.</summary>
    public async Task<IReadOnlyList<FeedItem>> ReadAsync(Guid user, FeedPosition after, int limit, CancellationToken ct)
    {
        var stored = await store.ReadStreamAsync(StreamOf(user), after.Seq, limit, ct);
        return [.. stored.Select(message => new FeedItem(message, (FeedMessage)message.Data, after.Epoch))];
    }

    /// <summary>
    /// Where a reader goes on that was at a position: there, or, where that is none of this feed, at the last one that is, with the
    /// reason. Without a position at the feed's end.
    /// </summary>
    public async Task<FeedStart> StartAsync(Guid user, FeedPosition? asked, CancellationToken ct)
    {
        // The head first: what is restored in between shows in the epoch.
        var head = (await store.StreamHeadAsync(StreamOf(user), ct))?.Version ?? 0;
        var restores = await store.RestoresAsync(ct);
        var epoch = EpochOf(restores);
        if (asked is not { } position) return new(new(epoch, head));
        if (position.Epoch == epoch)
        {
            return position.Seq > head
                ? new(new(epoch, head), FeedResets.BeyondHead)
                : await FromAsync(user, position, head, ct);
        }

        // What every restore since has kept is as it was; the rest may be told anew, in another order.
        var kept = head;
        foreach (var restore in restores.Where(restore => restore.GoesOnAfter > position.Epoch))
            kept = Math.Min(kept, await store.StreamVersionAsync(StreamOf(user), restore.RestoredTo, ct));
        if (position.Epoch != 0 && restores.All(restore => restore.GoesOnAfter != position.Epoch))
            return new(new(epoch, Math.Min(kept, position.Seq)), FeedResets.UnknownEpoch);
        return position.Seq > kept ? new(new(epoch, kept), FeedResets.Restored) : await FromAsync(user, new(epoch, position.Seq), head, ct);
    }

    /// <summary>Before the first message that is kept.</summary>
    public async Task<FeedStart> BeginningAsync(Guid user, CancellationToken ct)
    {
        var first = await store.ReadStreamAsync(StreamOf(user), 0, 1, ct);
        return new(new(await EpochAsync(ct), first is [{ Version: var version }] ? version - 1 : 0));
    }

    /// <summary>The present epoch: where the log went on after the last backup was restored; 0 before the first time.</summary>
    public async Task<long> EpochAsync(CancellationToken ct) => EpochOf(await store.RestoresAsync(ct));

    /// <summary>The stream of a user's messages.</summary>
    public static string StreamOf(Guid user) => StreamName.Of(FeedMessage.Category, user);

    private static long EpochOf(IReadOnlyList<LogRestore> restores) => restores is [] ? 0 : restores[^1].GoesOnAfter;

    // Where the next message is no longer kept.
    private async Task<FeedStart> FromAsync(Guid user, FeedPosition position, long head, CancellationToken ct)
    {
        if (position.Seq == head) return new(position);
        var next = await store.ReadStreamAsync(StreamOf(user), position.Seq, 1, ct);
        return next is [{ Version: var version }] && version > position.Seq + 1
            ? new(position with { Seq = version - 1 }, FeedResets.Trimmed)
            : new(position);
    }
}

/// <summary>Where a reader goes on, and why not where it asked to.</summary>
internal readonly record struct FeedStart(FeedPosition Position, string? Reset = null);

/// <summary>Why a position is none of a feed.</summary>
internal static class FeedResets
{
    public const string Restored = "restored";
    public const string UnknownEpoch = "unknown-epoch";
    public const string BeyondHead = "beyond-head";
    public const string Trimmed = "trimmed";

    public static IReadOnlyList<string> All { get; } = [Restored, UnknownEpoch, BeyondHead, Trimmed];

    /// <summary>The same for people.</summary>
    public static string Detail(string reason) => reason switch
    {
        Restored => "A backup was restored that holds fewer messages than you have read; what is told since has other numbers.",
        UnknownEpoch => "No restored backup is known from which your position could be.",
        BeyondHead => "Your position is beyond the newest message.",
        _ => "The messages after your position are no longer kept.",
    } + " Read the lists you need again (deposits, balances, transactions); the feed goes on from the position given.";
}
