using System.Text.Json;
using Chains;
using Dapper;
using EventSourcing;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers;

namespace Sync.CrossChecks;

/// <summary>
/// Compares a sample of addresses, each after a walk that was concluded, with a second provider: all transactions up to the
/// tip that the ledger was concluded at. What comes of it is recorded and shown; it changes no data. It asks as nobody who
/// waits, so it uses no reserve.
/// </summary>
internal sealed class CrossChecker(
    NpgsqlDataSource dataSource, EventStore store, ProviderPools adapters, IOptions<CrossCheckOptions> options, TimeProvider clock,
    ILogger<CrossChecker> log)
    : RecurringWork(LookEvery, clock, log)
{
    private readonly TimeProvider clock = clock;
    private readonly ILogger<CrossChecker> log = log;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Compares the address that waits longest; whether there was one.</summary>
    public async Task<bool> CheckOneAsync(CancellationToken ct)
    {
        var several = adapters.Networks.Where(network => adapters.Find(network)!.HasSeveral).ToArray();
        if (options.Value.Percent == 0 || several.Length == 0 || await ClaimAsync(several, ct) is not { } ledger) return false;

        var providers = adapters.Find(ledger.Network)!;
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(ct);
        asking.CancelAfter(Longest);
        try
        {
            // Who reported the sum that was verified would agree with himself.
            var read = await providers.AskInOrderAsync(
                providers.NextAfter(ledger.VerdictBy), new HashSet<string> { ledger.VerdictBy }, second => ReadAsync(second, ledger, asking.Token));
            await RecordAsync(ledger, read, ct);
        }
        catch (ProviderException e)
        {
            log.LogInformation("Ledger {LedgerId} is compared with a second provider later: {Reason}", ledger.LedgerId, e.Message);
        }
        catch (OperationCanceledException) when (asking.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            log.LogInformation("Ledger {LedgerId} is compared with a second provider later: it takes too long", ledger.LedgerId);
        }

        return true;
    }

    protected override string Postponed => "Addresses are compared with a second provider later";

    protected override Task<bool> DoAsync(CancellationToken ct) => CheckOneAsync(ct);

    // For whoever fails or is killed meanwhile the address is due again in an hour.
    private async Task<Ledger?> ClaimAsync(string[] networks, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        return await connection.QuerySingleOrDefaultAsync<Ledger>(new CommandDefinition("""
            update ledgers l set cross_check_due = now() + interval '1 hour'
            from (select ledger_id from ledgers
                  where network = any(@networks) and tip_hash is not null and verdict is not null and verdict_by is not null
                    and coalesce(cross_check_due, '-infinity') <= now()
                    and (hashtextextended(network || '/' || address, 0) & 1073741823) % 100 < @Percent
                  order by cross_check_due nulls first limit 1 for update skip locked) due
            where l.ledger_id = due.ledger_id
            returning l.ledger_id, l.network, l.address, l.tip_height, l.tip_hash, l.verdict_by, l.derived_count,
                l.reported_count is not null as is_counted
            """, new { networks, options.Value.Percent }, cancellationToken: ct));
    }

    private async Task<Read> ReadAsync(IChainAdapter second, Ledger ledger, CancellationToken ct)
    {
        await RequireTipAsync(second, ledger, ct);
        var address = (Address)Addresses.Parse(second.Network, ledger.Address);
        var returned = new List<Compared>();
        var (floor, anchor, cursor) = (-1L, (Position?)null, (Position?)null);
        while (true)
        {
            HistoryPage page;
            try
            {
                page = await second.PageAsync(address, anchor ?? cursor, ct);
            }
            catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach && returned.Count > 0)
            {
                floor = returned[^1].Height;
                break;
            }

            var rest = PageRules.Adjoin(page.Transactions, anchor ?? cursor, cursor, switchHeight: null)
                ?? throw new ProviderException(ProviderFailure.Contradiction, second.Provider, "its pages do not adjoin");
            returned.AddRange(rest.Select(TokenDeltas.Possible)
                .Select(transaction => Compared.Of(transaction.Txid, transaction.Height, transaction.Delta, transaction.Others)));
            // A page may be short and not the last: where transactions are counted, it is the last once there are as many.
            if (rest.Count == 0 || (!page.Full && (!ledger.IsCounted
                || returned.Count(one => one.Height <= ledger.TipHeight) >= ledger.DerivedCount)))
                break;
            if (returned.Count >= options.Value.MostTransactions)
            {
                floor = returned[^1].Height;
                break;
            }

            cursor = page.PositionAt(page.Transactions.Count - 1);
            anchor = page.Transactions.Count > 1 ? page.PositionAt(page.Transactions.Count - 2) : null;
        }

        // Still the same chain: then all that was read below the tip belongs to it.
        await RequireTipAsync(second, ledger, ct);
        return new Read(second.Provider, [.. returned.DistinctBy(one => one.Txid)], floor);
    }

    private static async Task RequireTipAsync(IChainAdapter second, Ledger ledger, CancellationToken ct)
    {
        var tip = await second.TipAsync(ct);
        if (tip.Height < ledger.TipHeight)
            throw new ProviderException(ProviderFailure.Behind, second.Provider, $"lags: its tip {tip.Height} is below {ledger.TipHeight}");
        var there = tip.Height == ledger.TipHeight
            ? tip.Hash : second is IBlockNames names ? await names.BlockHashAsync(ledger.TipHeight, ct) : ledger.TipHash;
        if (there != ledger.TipHash)
            throw new ProviderException(ProviderFailure.Contradiction, second.Provider, $"has another block at {ledger.TipHeight}");
    }

    private async Task RecordAsync(Ledger ledger, Read read, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        // A walk that was concluded meanwhile may have taken something back; then it is compared another time.
        var isSame = await work.Connection.ExecuteScalarAsync<int?>(new CommandDefinition(
            "select 1 from ledgers where ledger_id = @LedgerId and tip_hash = @TipHash for update", ledger, cancellationToken: ct));
        if (isSame is null) return;

        var known = (await work.Connection.QueryAsync<(string Txid, long Height, string Delta, string? Others)>(new CommandDefinition(
            "select txid, height, delta::text, others::text from ledger_transactions where ledger_id = @LedgerId and not orphaned and height > " +
            "@Floor and height <= @TipHeight",
            new { ledger.LedgerId, read.Floor, ledger.TipHeight }, commandTimeout: 0, cancellationToken: ct)))
                .Select(row => Compared.Of(row.Txid, row.Height, Amount.Parse(row.Delta), TokenDeltas.Read(row.Others)))
            .Where(IsCompared).ToList();
        var first = Comparison.FirstOf(known, read.Returned.Where(IsCompared), read.Floor, ledger.TipHeight);
        var checkedEvent = new LedgerEvent.CrossChecked(
            ledger.LedgerId, ledger.VerdictBy, read.By, ledger.TipHeight, ledger.TipHash, known.Count, first is null, first?.Txid, first?.Height,
            first?.Kind, now);
        await work.Connection.ExecuteAsync(new CommandDefinition(
            "update ledgers set cross_check = @json::jsonb, cross_check_due = now() + make_interval(hours => @EveryHours) " +
            "where ledger_id = @LedgerId",
            new { ledger.LedgerId, options.Value.EveryHours, json = JsonSerializer.Serialize(checkedEvent) }, cancellationToken: ct));
        work.Append(LedgerEvent.Category, ledger.LedgerId, [NewEvent.Fresh(checkedEvent)]);
        await work.CommitAsync(ct);
        SyncMetrics.CrossChecks.Add(1,
            new("network", ledger.Network), new("provider", read.By), new("outcome", first is null ? "agrees" : "differs"));
        if (first is not null)
        {
            log.LogWarning("Ledger {LedgerId}: {By} and {Provider} differ first on {Txid} at {Height}: {Kind}", ledger.LedgerId, read.By,
                ledger.VerdictBy, first.Txid, first.Height, first.Kind);
        }

        // Explorers list transactions of others that failed and moved nothing; nodes' lists have none.
        bool IsCompared(Compared one) => ledger.IsCounted || !one.MovesNothing;
    }

    private sealed record Read(string By, IReadOnlyList<Compared> Returned, long Floor);

    private sealed class Ledger
    {
        public Guid LedgerId { get; init; }

        public string Network { get; init; } = "";

        public string Address { get; init; } = "";

        public long TipHeight { get; init; }

        public string TipHash { get; init; } = "";

        public string VerdictBy { get; init; } = "";

        public long DerivedCount { get; init; }

        public bool IsCounted { get; init; }
    }
}
