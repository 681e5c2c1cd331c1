using Portfolio.Ledgers;

namespace Portfolio.Transactions;

/// <summary>The statement that reads a page of a wallet's transactions with what running balances are counted from.</summary>
internal static class TransactionQuery
{
    public const string Key = "height, position, side, txid, asset, ledger_id";

    /// <summary>
    /// Parameters: wallet, fetch, address or null, whether orphaned ones too, and, unless it reads from the start, a key.
    /// The newest rows of all lie in the ledgers with the newest heads, so of many ledgers only as many are read as the
    /// page has rows; from each of them, by index, no more than the page holds.
    /// </summary>
    public static string Page(bool start, bool backward)
    {
        var order = string.Join(", ", Key.Split(", ").Select(column => $"{column} {(backward ? "asc" : "desc")}"));
        var beyond = start ? "" : $"and ({Key}) {(backward ? '>' : '<')} ($5, $6, $7, $8, $9, $10)";
        return $"""
            with tracked as materialized (
                select a.address_id, a.address, a.network, t.ledger_id
                from addresses a join ledger_trackers t on t.address_id = a.address_id and not t.ended
                where a.wallet_id = $1 and ($3::uuid is null or a.address_id = $3)
            ), heads as materialized (
                select k.address_id, k.address, k.network, head.*
                from tracked k cross join lateral (
                    select {Key} from transactions x
                    where x.ledger_id = k.ledger_id and ($4 or not orphaned) {beyond}
                    order by {order} limit 1) head
                order by {order} limit $2
            ), page as materialized (
                select k.address_id, k.address, k.network, x.*
                from heads k cross join lateral (
                    select {Key}, delta, block_time, confirmed, orphaned from transactions x
                    where x.ledger_id = k.ledger_id and ($4 or not orphaned) {beyond}
                    order by {order} limit $2) x
                order by {order} limit $2
            ), newest as materialized (
                select distinct on (ledger_id, asset) {Key} from page
                order by ledger_id desc, asset desc, height desc, position desc, side desc, txid desc
            ), base as materialized (
                select n.ledger_id, n.asset, b.reported_height, l.walk, l.first_walk_done, l.walked_height,
                       case when l.first_walk_done then b.derived
                            else b.anchor + (select sum from ({NewerBlocks("b.anchor_height")}) above) end
                       - (select sum from ({NewerBlocks("n.height")}) blocks)
                       - coalesce((
                            select sum(x.delta) from transactions x
                            where x.ledger_id = n.ledger_id and x.height = n.height and x.asset = n.asset and not x.orphaned
                              and (x.position, x.side, x.txid) > (n.position, n.side, n.txid)), 0) as balance
                from newest n
                join ledgers l on l.ledger_id = n.ledger_id
                join balances b on b.ledger_id = n.ledger_id and b.asset = n.asset
            )
            select p.height, p.position, p.side, p.txid, p.asset, p.ledger_id, p.address_id, p.address, p.network,
                   p.delta, p.block_time, p.confirmed, p.orphaned, d.block_hash, d.fee, d.coinbase, d.senders, d.receivers,
                   base.balance, greatest(tip.height, base.reported_height, base.walked_height) as tip,
                   not base.first_walk_done
                       or (base.walk is not null and (base.walk <> 'top' or p.height > base.walked_height)) as provisional
            from page p
            join base on base.ledger_id = p.ledger_id and base.asset = p.asset
            join transaction_details d on d.ledger_id = p.ledger_id and d.txid = p.txid
            left join chain_tips tip on tip.network = p.network
            order by {string.Join(", ", order.Split(", ").Select(column => $"p.{column}"))}
            """;
    }

    // Of each length the stretches between the place and the next longer one's border: at most 15, at any depth.
    private static string NewerBlocks(string height) => $"""
        select coalesce(sum(s.change), 0) as sum
        from generate_series(0, {Sums.TopLevel}, {Sums.LevelBits}) of (level)
        join balance_stretches s on s.ledger_id = n.ledger_id and s.asset = n.asset and s.level = of.level
            and s.stretch > ({height} >> of.level)
            and s.stretch < (({height} >> (of.level + {Sums.LevelBits})) + 1) << {Sums.LevelBits}
        """;
}
