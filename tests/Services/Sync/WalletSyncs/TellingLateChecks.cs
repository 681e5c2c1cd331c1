using EventSourcing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sync;
using Sync.Ledgers;
using Sync.WalletSyncs;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A check that is late makes an address stale whatever kept it, once, until one is carried out.</summary>
public sealed class TellingLateChecks(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_address_that_nobody_checks_is_stale_from_its_last_check_until_the_next()
    {
        var (wallet, _) = await sync.NewWallet(3);
        await sync.Sync(wallet);
        var ledger = (Guid)(await sync.Execute("select ledger_id from ledger_trackers where wallet_id = $1", wallet))!;
        await sync.Execute("update ledgers set checked_at = now() - interval '1 hour' where ledger_id = $1", ledger);

        // Two processes look, again and again.
        using var one = Looking();
        using var other = Looking();
        await Task.WhenAll(one.StartAsync(ct), other.StartAsync(ct));
        await Eventually.Is(
            async () => await sync.Execute("select stale_since = checked_at from ledgers where ledger_id = $1", ledger) is true, "it is late");
        await Task.WhenAll(one.StopAsync(ct), other.StopAsync(ct));
        (await Told(ledger)).ShouldBe(["LedgerFellBehind"]);

        await sync.Resync(wallet);
        (await sync.Execute("select stale_since is null from ledgers where ledger_id = $1", ledger)).ShouldBe(true);
        (await Told(ledger)).ShouldBe(["LedgerFellBehind", "LedgerCaughtUp"]);
    }

    private LateChecks Looking() => new(
        sync.Store, Options.Create(new SyncOptions { CheckSeconds = 4 }), TimeProvider.System, NullLogger<LateChecks>.Instance);

    private async Task<string[]> Told(Guid ledger)
    {
        var names = new List<string>();
        await foreach (var stored in sync.Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, ledger), ct))
            if (stored.Data is LedgerEvent.LedgerFellBehind or LedgerEvent.LedgerCaughtUp) names.Add(stored.Data.GetType().Name);
        return [.. names];
    }
}
