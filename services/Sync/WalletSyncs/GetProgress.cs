using System.Text.Json;
using Npgsql;
using ServiceDefaults;
using Sync.Ledgers;
using Sync.Providers;

namespace Sync.WalletSyncs;

/// <summary>How far a wallet's syncing is, address by address, and what it waits for.</summary>
internal static partial class GetProgress
{
    private const string NotBegun = "its wallet's sync has yet to begin";
    private const string InLine = "waits for its turn: other addresses of the wallet are read first";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/sync", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid")
            .WithTags("Sync")
            .WithSummary("How far the wallet's syncing is, and what it waits for.");

    private static async Task<SyncProgressView> AnswerAsync(
        Guid id, [AsParameters] PageRequest paging, Caller caller, WalletAccess access, NpgsqlDataSource dataSource, ProviderPools adapters,
        TimeProvider clock,
        CancellationToken ct)
    {
        var place = paging.In("sync", id.ToString());
        await access.RequireAsync(caller, id, ct);
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var saga = await SagaAsync(connection, id, ct);
        var total = await TotalAsync(connection, id, saga?.RunId, adapters.Networks, ct);
        var rows = await RowsAsync(connection, id, place, adapters.Networks, ct);

        var asked = total.Addresses - total.NobodyTells;
        var percent = total.Addresses == 0 ? 0
            : total.Synced == asked ? 100
            // While some were not asked about, their share cannot be told, and what was read before the run is none of it.
            : total.LeftUnknown > 0 && saga is { IsRunning: true } ? (int)(total.RunSynced * 100 / (total.RunSynced + total.Left))
            : total.LeftUnknown > 0 ? (int)(total.Synced * 100 / asked)
            : Percent(total.Known, total.Expected, done: false);
        // Nothing is known of those that nobody tells.
        if (total.NobodyTells > 0) percent = (int)(percent * asked / total.Addresses);
        if (saga is { IsRunning: true } || (saga is not null && total.Left > 0)) percent = await ShowAsync(connection, id, saga, percent, rows, ct);

        var now = clock.GetUtcNow();
        var page = place.PageOf(rows, row => [row.AddressId.ToString()]);
        var gaps = await GapsAsync(connection, [.. page.Data.Where(row => row.GapCount > 0).Select(row => row.AddressId)], ct);
        var status = saga?.State switch
        {
            "Syncing" => "syncing",
            "Waiting" => "waiting",
            _ => total.Left > 0 ? "queued" : total.Unsynced is not null ? "waiting" : total.Paused > 0 ? "paused" : "idle",
        };
        var eta = saga is { IsRunning: true } ? Eta.OfRun(PaceOf(saga, total)) : null;
        return new SyncProgressView(
            id, status, percent, total.Known, Math.Max(0, total.Expected - total.Known), total.Addresses, total.Synced,
            status switch
            {
                "waiting" when saga is not { IsRunning: true } => ProviderPools.NoProvider(total.Unsynced!),
                "waiting" => saga?.Reason,
                "queued" => saga?.Reason ?? NotBegun,
                "paused" => SyncPause.Reason,
                _ => null,
            },
            status is "syncing" or "paused" ? null : saga?.DueAt, After(now, eta), Whole(eta), total.StaleSince,
            [.. page.Data.Select(row => Of(row, saga, now, [.. gaps[row.AddressId]]))], page.HasMore, page.Next, page.Prev);
    }

    // What was shown for the run is not shown lower, and what is shown now is remembered.
    private static async Task<int> ShowAsync(NpgsqlConnection connection, Guid id, Saga saga, int percent, List<Row> rows, CancellationToken ct)
    {
        var rising = rows.Where(row => row.ShownRun == saga.ShownAs
            ? row.Pages > row.ShownPages || (!row.Synced && row.Percent > row.ShownPercent) : row.Pages > 0 || !row.Synced)
            .ToDictionary(row => row.AddressId, row => new ShownAddress(row.Percent, row.Pages));
        if (rising.Count > 0 || saga.ShownRun != saga.ShownAs || percent > saga.ShownPercent)
        {
            var shown = await ShownProgress.RaiseAsync(connection, id, saga.ShownAs, percent, rising, ct);
            foreach (var row in rows) row.AtLeast = shown.Addresses.GetValueOrDefault(row.AddressId) ?? row.ShownFor(saga.ShownAs);
            return shown.Wallet;
        }

        foreach (var row in rows) row.AtLeast = row.ShownFor(saga.ShownAs);
        return saga.ShownPercent ?? percent;
    }

    private static RunPace PaceOf(Saga saga, Total total) => new(
        total.RunRead, saga.PacedSeconds, saga.State is "Waiting" ? total.WaitSeconds ?? 0 : 0, total.ToRead, total.Left, total.LeftWithoutEta,
        total.Slowest, total.Addresses, total.LeftUnknown, total.Expected, total.Stuck);

    private static AddressProgressView Of(Row row, Saga? saga, DateTimeOffset now, IReadOnlyList<GapView> gaps)
    {
        var status = row switch
        {
            { Paused: true } => "paused",
            { Unsynced: true } => "waiting",
            { Active: true, RetryAt: not null } => "waiting",
            // A regular check of a synced address is no news for its owner.
            { Synced: true } => row.Verdict!,
            { Active: true } => "syncing",
            _ => "queued",
        };
        return new(
            row.AddressId, row.Network, row.Address, status, Math.Max(row.Percent, row.AtLeast.Percent), row.Known, row.Expected,
            row.Expected is { } expected ? Math.Max(0, expected - row.Known) : null, Math.Max(row.Pages, row.AtLeast.Pages), row.Verdict,
            row.VerdictHeight, row.CheckedAt,
            row.Paused ? WalletSyncs.SyncPause.Reason
                : row.Unsynced ? ProviderPools.NoProvider(row.Network)
                : row.RetryAt is not null ? row.Reason
                : status != "queued" ? null
                : saga is { IsRunning: true } ? InLine : NotBegun,
            row.Paused ? null : row.Unsynced ? saga?.DueAt : row.RetryAt,
            After(now, row.EtaSeconds), Whole(row.EtaSeconds), row.StaleSince, row.CrossCheck is { } json
                ? JsonSerializer.Deserialize<CrossCheckView>(json) : null, row.GapCount, gaps);
    }

    private static DateTimeOffset? After(DateTimeOffset now, double? seconds) =>
        seconds is { } s && s < TimeSpan.FromDays(3_650).TotalSeconds
            ? DateTimeOffset.FromUnixTimeSeconds((long)Math.Ceiling((now.ToUnixTimeMilliseconds() / 1_000d) + s)) : null;

    private static long? Whole(double? seconds) => seconds is { } s && s < TimeSpan.FromDays(3_650).TotalSeconds ? (long)Math.Ceiling(s) : null;

    // 100 only when it is over.
    private static int Percent(long known, long? expected, bool done) =>
        done ? 100 : expected is > 0 and var all ? (int)Math.Min(99, known * 100 / all) : 0;
}
