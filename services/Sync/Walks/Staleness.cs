using EventSourcing;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>
/// When what is known of an address may be out of date. A check that is late by half its pace because providers do not answer
/// makes it so, from the last check on; the next one that is carried out ends it. Each is told once.
/// </summary>
internal static class Staleness
{
    /// <summary>What is to be told when a slice has to wait for its providers.</summary>
    public static IReadOnlyList<NewEvent> Noticed(Walk walk, string reason, SyncOptions pace, DateTimeOffset now) =>
        walk is { TipHash: not null, CheckedAt: { } last } && now - last > TimeSpan.FromSeconds(1.5 * pace.CheckSeconds) ? Since(walk, last, reason, now) : [];

    /// <summary>What is known is of that time.</summary>
    public static IReadOnlyList<NewEvent> Since(Walk walk, DateTimeOffset since, string reason, DateTimeOffset now)
    {
        if (walk.StaleSince is not null) return [];
        walk.StaleSince = since;
        return [NewEvent.Fresh(new LedgerEvent.LedgerFellBehind(walk.LedgerId, since, reason, now))];
    }

    /// <summary>What is to be told when a check was carried out.</summary>
    public static IReadOnlyList<NewEvent> Over(Walk walk, DateTimeOffset now)
    {
        if (walk.StaleSince is null) return [];
        walk.StaleSince = null;
        return [NewEvent.Fresh(new LedgerEvent.LedgerCaughtUp(walk.LedgerId, now))];
    }
}
