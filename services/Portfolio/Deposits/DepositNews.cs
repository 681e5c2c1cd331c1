using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using Postgres;
using static Portfolio.SqlBatch;

namespace Portfolio.Deposits;

/// <summary>
/// Tells deposits that are other than they were told: of the transactions that were marked, and of those that wait for confirmations on
/// networks whose tip has moved.
/// </summary>
internal sealed class DepositNews(KnownAssets assets, RequiredConfirmations required)
{
    private const int MostCounting = 500;

    private static readonly string Counting = $"""
        select d.ledger_id, d.txid, tip.height as tip from chain_tips tip join deposits d on d.network = tip.network and d.status = 'processing'
        where greatest(tip.height - d.height + 1, 1) <> d.confirmations
        limit {MostCounting} for update of d skip locked
        """;

    private const string Facts = """
        select k.ledger_id, k.txid, t.address_id, t.wallet_id, t.anchor_height, w.owner_id, a.address_id is not null, l.network, l.address,
               f.asset, f.found, f.delta, f.height, f.block_hash, f.at, f.replaced_by, tip.height, f.ended_at
        from unnest($1, $2) k (ledger_id, txid)
        join ledgers l on l.ledger_id = k.ledger_id
        join ledger_trackers t on t.ledger_id = k.ledger_id and not t.ended
        left join wallets w on w.wallet_id = t.wallet_id
        left join addresses a on a.address_id = t.address_id
        left join chain_tips tip on tip.network = l.network
        cross join lateral (
            select x.asset, case when x.orphaned then 'orphaned' else 'block' end as found, x.delta, x.height, d.block_hash, x.block_time as at,
                   null::text as replaced_by, null::timestamptz as ended_at
            from transactions x join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid
            where x.ledger_id = k.ledger_id and x.txid = k.txid and not d.coinbase
            union all
            select p.asset, p.state, p.delta, null, null, p.seen_at, p.replaced_by, p.ended_at
            from pending_transactions p where p.ledger_id = k.ledger_id and p.txid = k.txid) f
        """;

    /// <summary>True where more is waiting.</summary>
    public async Task<bool> TellAsync(Round round, IReadOnlyList<Mark> marks, CancellationToken ct)
    {
        var counting = await round.Connection.QueryAsync<(Guid LedgerId, string Txid, long Tip)>(Counting, null, ct);
        var tips = counting.Select(each => (Mark: new Mark(each.LedgerId, each.Txid), each.Tip)).DistinctBy(each => each.Mark)
            .ToDictionary(each => each.Mark, each => each.Tip);
        var wanted = marks.Concat(tips.Keys).Distinct().ToList();
        if (wanted.Count == 0) return false;

        var facts = await ReadAsync(round, wanted, ct);
        var told = (await DepositRows.OfAsync(round.Connection, wanted.ConvertAll(mark => (mark.LedgerId, mark.Txid)), ct))
            .ToDictionary(deposit => deposit.Key.Id);
        var names = await assets.NamesAsync(facts.Select(fact => (fact.Network, (string?)fact.Asset))
            .Concat(told.Values.Select(deposit => (deposit.Key.Network, (string?)deposit.Key.Asset))), ct);
        var changed = new List<Deposit>();
        var met = new HashSet<Guid>();
        foreach (var (key, sighting) in Sightings(round, facts, told))
        {
            met.Add(key.Id);
            var before = told.GetValueOrDefault(key.Id);
            var (next, messages) = Deposit.Decide(before, key, sighting, names.Of(key.Network, key.Asset));
            if (messages.Count > 0) round.Tell(key.UserId, messages);
            if (next is not null && next != before) changed.Add(next);
        }

        // Of which nothing is known any more, after a rebuild of an older log: what was told stays, and is not looked at with each block.
        foreach (var deposit in told.Values.Where(deposit => deposit.Status is DepositStatus.Processing && !met.Contains(deposit.Key.Id)))
        {
            if (tips.TryGetValue(new(deposit.Key.LedgerId, deposit.Key.Txid), out var tip))
                changed.Add(deposit with { Confirmations = Sighting.ConfirmationsOf(deposit.Height, tip) });
        }

        await DepositRows.SaveAsync(round.Connection, changed, ct);
        return counting.Count == MostCounting;
    }

    // Of one asset of a transaction there may be a block that is gone and a new wait for another.
    private IEnumerable<(DepositKey Key, Sighting Sighting)> Sightings(Round round, List<Fact> facts, Dictionary<Guid, Deposit> told)
    {
        foreach (var transaction in facts.GroupBy(fact => (fact.LedgerId, fact.Txid, fact.AddressId)))
        {
            var any = transaction.First();
            if (any.OwnerId is not { } user || !any.IsKnown)
            {
                round.Miss(new(any.LedgerId, any.Txid));
                continue;
            }

            var assets = new HashSet<string>();
            foreach (var same in transaction.GroupBy(fact => fact.Asset))
            {
                assets.Add(same.Key);
                var fact = same.MinBy(each => each.Rank)!;
                yield return (fact.KeyOf(user), fact.Sighting(required.Of(fact.Network, fact.Asset, fact.Delta), round.Now));
            }

            // The transaction was told otherwise since, without this asset.
            foreach (var deposit in told.Values.Where(each => (each.Key.LedgerId, each.Key.Txid, each.Key.AddressId) == transaction.Key
                && !assets.Contains(each.Key.Asset)))
            {
                yield return (deposit.Key, new Sighting(Whereabouts.Orphaned, deposit.Amount, deposit.Required, round.Now, round.Now));
            }
        }
    }

    private static async Task<List<Fact>> ReadAsync(Round round, List<Mark> marks, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Facts, round.Connection);
        command.Parameters.Add(Column(marks, NpgsqlDbType.Uuid, mark => mark.LedgerId));
        command.Parameters.Add(Column(marks, NpgsqlDbType.Text, mark => mark.Txid));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var facts = new List<Fact>();
        while (await reader.ReadAsync(ct))
        {
            facts.Add(new Fact(
                reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetGuid(3), reader.IsDBNull(4) ? null : reader.GetInt64(4),
                reader.IsDBNull(5) ? null : reader.GetGuid(5), reader.GetBoolean(6), reader.GetString(7), reader.GetString(8), reader.GetString(9),
                reader.GetString(10), reader.GetFieldValue<BigInteger>(11), reader.IsDBNull(12) ? null : reader.GetInt64(12),
                reader.IsDBNull(13) ? null : reader.GetString(13), reader.GetFieldValue<DateTimeOffset>(14),
                reader.IsDBNull(15) ? null : reader.GetString(15), reader.IsDBNull(16) ? null : reader.GetInt64(16),
                reader.IsDBNull(17) ? null : reader.GetFieldValue<DateTimeOffset>(17)));
        }

        return facts;
    }

    private sealed record Fact(
        Guid LedgerId, string Txid, Guid AddressId, Guid WalletId, long? Anchor, Guid? OwnerId, bool IsKnown, string Network, string Address,
        string Asset, string Found, BigInteger Delta, long? Height, string? BlockHash, DateTimeOffset At, string? ReplacedBy, long? Tip,
        DateTimeOffset? EndedAt)
    {
        public int Rank => Where is Whereabouts.InBlock ? 0 : Where is Whereabouts.Orphaned ? 2 : 1;

        private Whereabouts Where => Found switch
        {
            "block" => Whereabouts.InBlock,
            "pending" => Whereabouts.Pending,
            "replaced" => Whereabouts.Replaced,
            "dropped" => Whereabouts.Dropped,
            "orphaned" => Whereabouts.Orphaned,
            _ => throw new InvalidOperationException($"A pending transaction is '{Found}'."),
        };

        public DepositKey KeyOf(Guid user) => new(user, WalletId, AddressId, LedgerId, Network, Address, Txid, Asset);

        // A history before its anchor is known came with the import.
        public Sighting Sighting(int required, DateTimeOffset now) => new(Where, Delta, required, EndedAt ?? At, now)
        {
            Height = Height,
            BlockHash = BlockHash,
            Tip = Tip,
            ReplacedBy = ReplacedBy,
            IsNews = Anchor is { } anchor && Height > anchor,
        };
    }
}
