using EventSourcing;
using Sync.Ledgers;
using Sync.Networks;

namespace Sync.Walks;

/// <summary>
/// When what is known of an address may be out of date. A check that is late by half its pace makes it so, whatever the reason,
/// from the last check on; the next one that is carried out ends it. Each is published once.
/// </summary>
internal static class Staleness
{
    /// <summary>Whether a slice that has to wait for its providers makes the check late, and since when then.</summary>
    public static DateTimeOffset? Since(LedgerState ledger, CheckPace pace, DateTimeOffset now)
    {
        if (ledger is not { Tip: not null, CheckedAt: { } last }) return null;
        if (pace.Covered > last) last = pace.Covered;
        return now - last > 1.5 * pace.Every ? last : null;
    }

    /// <summary>What is known is of that time; null changes nothing.</summary>
    public static (LedgerState Ledger, IReadOnlyList<NewEvent> Events) Begin(
        LedgerState ledger, Guid ledgerId, DateTimeOffset? since, string reason, DateTimeOffset now) =>
        since is null || ledger.StaleSince is not null ? (ledger, [])
            : (ledger with { StaleSince = since }, [NewEvent.Fresh(new LedgerEvent.LedgerFellBehind(ledgerId, since.Value, reason, now))]);

    /// <summary>A check was carried out.</summary>
    public static (LedgerState Ledger, IReadOnlyList<NewEvent> Events) End(LedgerState ledger, Guid ledgerId, DateTimeOffset now) =>
        ledger.StaleSince is null ? (ledger, [])
            : (ledger with { StaleSince = null }, [NewEvent.Fresh(new LedgerEvent.LedgerCaughtUp(ledgerId, now))]);
}
