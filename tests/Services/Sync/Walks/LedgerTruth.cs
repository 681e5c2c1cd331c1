using System.Numerics;
using ChainSimulator;
using Shouldly;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>Holds a ledger's rows and its replayed log against the simulator's truth.</summary>
internal static class LedgerTruth
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The address is verified, and rows and log both come to exactly the truth; where a block is named, to its time too.</summary>
    public static async Task<ToldTruth> ShouldBeTrue(this SyncParts sync, string address, ToldTruth? truth = null)
    {
        truth ??= await sync.Script.TruthAsync(SyncParts.Bitcoin, address, summary: false, Cancellation);
        var expected = truth.Transactions!.Select(line =>
            (line.Txid, (long)line.Height, line.BlockHash, BigInteger.Parse(line.Delta, provider: null))).ToHashSet();
        (await sync.VerdictOf(address)).ShouldBe("verified", address);

        // Not every provider names the block; who does must be right.
        var blocks = truth.Transactions!.ToDictionary(line => line.Txid, line => line.BlockHash);
        var named = new HashSet<string>();
        var rows = new HashSet<(string, long, string, BigInteger)>();
        await using var command = sync.Database.DataSource.CreateCommand("""
            select txid, height, block_hash, delta::text from ledger_transactions join ledgers using (ledger_id) where address = $1 and not orphaned
            """);
        command.Parameters.Add(new() { Value = address });
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await reader.ReadAsync(Cancellation))
            {
                if (!reader.IsDBNull(2)) named.Add(reader.GetString(0));
                rows.Add((reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? blocks.GetValueOrDefault(reader.GetString(0), "")
                    : reader.GetString(2), BigInteger.Parse(reader.GetString(3), provider: null)));
            }
        }

        rows.SetEquals(expected)
            .ShouldBeTrue(
                $"{address}: {rows.Count} rows, {expected.Count} true; {rows.Except(expected).Count()} too many, {expected.Except(rows).Count()} " +
                $"missing");
        var log = await Replay(sync, await sync.LedgerOf(address));
        var replayed = log.Select(entry => (entry.Key, entry.Value.Height, entry.Value.Block ?? blocks.GetValueOrDefault(entry.Key, ""),
            entry.Value.Delta)).ToHashSet();
        replayed.SetEquals(expected).ShouldBeTrue($"{address}: the log comes to {replayed.Count}, {expected.Count} are true");
        log.Where(entry => entry.Value.Block is not null).Select(entry => entry.Key).ToHashSet().SetEquals(named)
            .ShouldBeTrue($"{address}: the log names other blocks than the rows");
        var times = truth.Transactions!.ToDictionary(line => line.Txid, line => DateTimeOffset.FromUnixTimeSeconds(line.Time));
        log.Where(entry => entry.Value.Block is not null && entry.Value.Time != times[entry.Key])
            .ShouldBeEmpty($"{address}: times that are not the blocks'");
        (await sync.Execute("select derived::text || '/' || derived_count from ledgers where address = $1", address))
            .ShouldBe($"{truth.Balance}/{truth.Count}", address);
        return truth;
    }

    /// <summary>Checks the wallet until every block of its transactions is named, as the clock would.</summary>
    public static async Task UntilPlaced(this SyncParts sync, Guid wallet)
    {
        const string Unnamed = """
            select count(*) from ledger_transactions join ledger_trackers using (ledger_id) where wallet_id = $1
            and block_hash is null and not orphaned
            """;
        for (var n = 0; n < 50 && await sync.Execute(Unnamed, wallet) is not 0L; n++) await sync.Resync(wallet);
        (await sync.Execute(Unnamed, wallet)).ShouldBe(0L);
    }

    /// <summary>No event id stands twice in the log.</summary>
    public static async Task ShouldHoldNoEventTwice(this SyncParts sync) =>
        (await sync.Execute("select count(*) - count(distinct id) from mt_events")).ShouldBe(0L);

    // Strict: nothing is observed that is there already, nothing taken back that is not.
    private static async Task<Dictionary<string, (int Incarnation, long Height, string? Block, BigInteger Delta,
        DateTimeOffset Time)>> Replay(SyncParts sync, Guid ledger)
    {
        var known = new Dictionary<string, (int Incarnation, long Height, string? Block, BigInteger Delta, DateTimeOffset Time)>();
        await foreach (var stored in sync.Store.ReadStreamAsync($"{LedgerEvent.Category}-{ledger}", Cancellation))
        {
            switch (stored.Data)
            {
                case LedgerEvent.TransactionObserved { Transaction: var t }:
                    known.TryAdd(t.Txid, (t.Incarnation, t.Height, t.BlockHash, t.Movements.Single().Delta.Value, t.BlockTime))
                        .ShouldBeTrue($"{t.Txid} is observed twice");
                    break;
                case LedgerEvent.TransactionPlaced { Transaction: var t }:
                    known.TryGetValue(t.Txid, out var placed).ShouldBeTrue($"{t.Txid} is placed without being known");
                    (placed.Incarnation, placed.Height).ShouldBe((t.Incarnation, t.Height));
                    known[t.Txid] = placed with { Block = t.BlockHash, Time = t.BlockTime };
                    break;
                case LedgerEvent.TransactionOrphaned { Transaction: var t }:
                    known.Remove(t.Txid, out var was).ShouldBeTrue($"{t.Txid} is orphaned without being known");
                    (was.Incarnation, was.Height, was.Block).ShouldBe((t.Incarnation, t.Height, t.BlockHash));
                    break;
            }
        }

        return known;
    }
}
