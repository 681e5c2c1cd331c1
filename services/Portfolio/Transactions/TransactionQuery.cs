using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>The statements that read transactions with what running balances are counted from.</summary>
internal static class TransactionQuery
{
    public const string Key = "height, position, side, txid, asset, ledger_id";

    /// <summary>
    /// A page of the list of some wallets; what an address did that is in several of them is there once. The newest rows of all lie in the
    /// ledgers with the newest heads, so of many ledgers only as many are read as the page has rows; from each of them, by index, no more than
    /// the page holds. By time it is read by the index of times, so that chains whose heights say nothing of each other are one list.
    /// </summary>
    /// <param name="database">Where the read model is.</param>
    /// <param name="wallets">The wallets.</param>
    /// <param name="filter">What of them is asked for.</param>
    /// <param name="place">Where the page begins.</param>
    /// <param name="offset">How many rows from there are left out.</param>
    public static NpgsqlCommand Page(
        NpgsqlDataSource database, IReadOnlyList<Guid> wallets, TransactionFilter filter, TransactionPlace place, long offset = 0)
    {
        var command = database.CreateCommand();
        var (byTime, each) = (place.ByTime, place.ByTime || filter.LeavesOut);
        var order = OrderedBy(place.Backward, byTime: byTime);
        // Where times are the order, they need no heights that bound them.
        var tracked = Tracked(command, wallets, byTime ? filter with { From = null, To = null } : filter);
        var wanted = Wanted(command, filter, byTime) + Beyond(command, place);
        var (fetch, skipped, reach, jump) = (command.Placed((long)place.Fetch), command.Placed(offset), command.Placed(offset + place.Fetch), "");
        if (offset > 0 && !filter.LeavesOut && !filter.Orphaned)
        {
            jump = $", {Jump(skipped)}";
            wanted += " and x.height <= (select stretch from landing)";
            (skipped, reach) = ($"{skipped} - (select above from landing)", $"{reach} - (select above from landing)");
        }

        var bounds = (filter.From is null || byTime ? "" : ", k.lowest") + (filter.To is null || byTime ? "" : ", k.highest")
            + (filter.Tag is null ? "" : ", k.tagged, k.owner_id") + (filter.MinCoins is null ? "" : ", k.native, k.decimals");
        command.CommandText = $"""
            with recursive {tracked}{jump}, heads as materialized (
                select k.wallet_id, k.address_id, k.address, k.label, k.network{bounds}, head.*
                from tracked k cross join lateral ({Some($"{Key}, block_time", "1")}) head
                order by {OrderedBy(place.Backward, "head", byTime)} limit {reach}
            ), page as materialized (
                select k.wallet_id, k.address_id, k.address, k.label, k.network, x.*
                from heads k cross join lateral ({Some($"{Key}, delta, block_time, confirmed, orphaned", reach)}) x
                order by {OrderedBy(place.Backward, "x", byTime)} limit {fetch} offset {skipped}
            ), {Counted(each, parties: !filter.Compact)}
            order by {OrderedBy(place.Backward, "p", byTime)}
            """;
        return command;

        // Of a ledger, by an index that has all of the order, or times, of which the last one's rows are sorted: no plan sorts a history.
        string Some(string columns, string most)
        {
            var rows = $"select {columns} from transactions x where x.ledger_id = k.ledger_id {wanted}";
            return byTime
                ? $"""
                    select * from ({rows} order by block_time {(place.Backward ? "asc" : "desc")} fetch first {most} rows with ties) x
                    order by {order} limit {most}
                    """
                : $"{rows} order by {order} limit {most}";
        }
    }

    /// <summary>How many rows the list of these wallets has: from the sums kept, unless it leaves rows out, which then are read.</summary>
    public static NpgsqlCommand Count(NpgsqlDataSource database, IReadOnlyList<Guid> wallets, TransactionFilter filter)
    {
        var command = database.CreateCommand();
        var tracked = Tracked(command, wallets, filter);
        const string orphaned = "(select count(*) from tracked k join transactions x on x.ledger_id = k.ledger_id and x.orphaned)";
        command.CommandText = filter.LeavesOut
            ? $"with {tracked} select count(*) from tracked k join transactions x on x.ledger_id = k.ledger_id {Wanted(command, filter)}"
            : $"""
                with {tracked} select coalesce(sum(b.derived_count), 0)::bigint {(filter.Orphaned ? $"+ {orphaned}" : "")}
                from tracked k join balances b on b.ledger_id = k.ledger_id
                """;
        return command;
    }

    /// <summary>What one transaction changed for each of a user's addresses, in the wallets that the key may see.</summary>
    public static NpgsqlCommand One(NpgsqlDataSource database, Caller caller, string network, string txid)
    {
        var command = database.CreateCommand();
        var wallets = command.Placed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.CommandText = $"""
            with page as materialized (
                select a.wallet_id, a.address_id, a.address, a.label, a.network, {Columns("x")}, x.delta, x.block_time, x.confirmed, x.orphaned
                from wallets w
                join addresses a on a.wallet_id = w.wallet_id and a.network = {command.Placed(network)}
                join ledger_trackers t on t.address_id = a.address_id and not t.ended
                join transactions x on x.ledger_id = t.ledger_id and x.txid = {command.Placed(txid)}
                where w.owner_id = {command.Placed(caller.UserId)} and ({wallets}::uuid[] is null or w.wallet_id = any({wallets}))
            ), {Counted(each: true)}
            order by p.orphaned, p.height desc, p.wallet_id, p.address_id, p.asset
            """;
        return command;
    }

    internal static string Tracked(NpgsqlCommand command, IReadOnlyList<Guid> wallets, TransactionFilter filter)
    {
        var filters = "";
        if (filter.AddressId is { } id) filters += $" and a.address_id = {command.Placed(id)}";
        if (filter.Address is { } spellings) filters += $" and a.address = any({command.Placed(spellings.ToArray())})";
        if (filter.Label is { } label) filters += $" and a.label = {command.Placed(label)}";
        if (filter.Network is { } network) filters += $" and a.network = {command.Placed(network)}";
        if (filter.Search is { } text)
        {
            var part = command.Placed(text);
            filters += $" and (strpos(lower(a.address), lower({part})) > 0 or strpos(lower(coalesce(a.label, '')), lower({part})) > 0)";
        }

        // Block times go backwards, but not far: the heights of the days asked for bound where the list's order is read.
        var lowest = filter.From is { } from ? SumsByTime.LowestFrom("t.ledger_id", command.Placed(from)) : null;
        var highest = filter.To is { } to ? SumsByTime.HighestUntil("t.ledger_id", command.Placed(to)) : null;
        var tagged = filter.Tag is { } tag
            ? $", ({Tagged(command, tag)}) as tagged, (select w.owner_id from wallets w where w.wallet_id = a.wallet_id) as owner_id"
            : "";
        var (divided, own) = filter.MinCoins is { } least ? (", own.native, own.decimals", Own(command, least)) : ("", "");
        var (once, owned) = wallets is [var one]
            ? ("", $"a.wallet_id = {command.Placed(one)}")
            : ("distinct on (t.ledger_id)", $"a.wallet_id = any({command.Placed(wallets.ToArray())})");
        return $"""
            tracked as materialized (
                select {once} a.wallet_id, a.address_id, a.address, a.label, a.network, t.ledger_id
                       {(lowest is null ? "" : $", ({lowest}) as lowest")} {(highest is null ? "" : $", ({highest}) as highest")}
                       {tagged}{divided}
                from addresses a join ledger_trackers t on t.address_id = a.address_id and not t.ended {own}
                where {owned} {filters}
                {(wallets.Count == 1 ? "" : $"order by t.ledger_id, {(filter.Tag is null ? "" : "tagged desc, ")}a.wallet_id, a.address_id")}
            )
            """;
    }

    private static string Wanted(NpgsqlCommand command, TransactionFilter filter, bool byTime = false)
    {
        var wanted = filter.Orphaned ? "" : " and not x.orphaned";
        if (filter.Sign is { } sign) wanted += $" and sign(x.delta) = {sign}";
        if (filter.From is { } from) wanted += $" and x.block_time >= {command.Placed(from)}" + (byTime ? "" : " and x.height >= k.lowest");
        if (filter.To is { } to) wanted += $" and x.block_time < {command.Placed(to)}" + (byTime ? "" : " and x.height <= k.highest");
        if (filter.MinAmount is { } least) wanted += $" and abs(x.delta) >= {command.Placed(least, NpgsqlDbType.Numeric)}";
        if (filter.MinCoins is { } coins) wanted += AtLeast(command, coins, "x");
        if (filter.Tag is { } tag) wanted += $" and (k.tagged or {SaidWith(command, tag, "x")})";
        return wanted;
    }

    /// <summary>That a row changed at least so many whole coins of its asset; one that nobody described is counted in base units.</summary>
    internal static string AtLeast(NpgsqlCommand command, LeastCoins least, string table) => $"""
         and abs({table}.delta) >= {command.Placed(least.Coins)}::numeric * 10::numeric ^ (case when {table}.asset = k.native then k.decimals
            else coalesce((select s.decimals from assets s where s.network = k.network and s.asset = {table}.asset), 0) end)::numeric
        """;

    // What the networks' own assets are, and how they are divided.
    private static string Own(NpgsqlCommand command, LeastCoins least) => $"""
        left join (select * from unnest({command.Placed(least.Networks.Select(network => network.Slug).ToArray())},
            {command.Placed(least.Networks.Select(network => network.Native.Caip19).ToArray())},
            {command.Placed(least.Networks.Select(network => network.Native.Decimals).ToArray())}) o (network, native, decimals)) own
            on own.network = a.network
        """;

    // Whether the address or its wallet has the tag, and so all that it did.
    private static string Tagged(NpgsqlCommand command, string tag) => $"""
        exists (select from unnest(a.tags || (select w.tags from wallets w where w.wallet_id = a.wallet_id)) g (tag)
                where lower(g.tag) = lower({command.Placed(tag)}))
        """;

    /// <summary>The condition that the transaction itself has the tag.</summary>
    internal static string SaidWith(NpgsqlCommand command, string tag, string table) => $"""
        exists (select from transaction_labels l cross join unnest(l.tags) g (tag)
                where l.owner_id = k.owner_id and l.network = k.network and l.txid = {table}.txid and lower(g.tag) = lower({command.Placed(tag)}))
        """;

    // Where a number of rows from the newest leads to: from the longest stretches down to one block, each time into the
    // one of sixteen that the number falls into. What is above that block need not be read.
    private static string Jump(string offset) => $"""
        down (level, stretch, above) as (
            select {Sums.TopLevel + Sums.LevelBits}, 0::bigint, 0::bigint
            union all
            select d.level - {Sums.LevelBits}, pick.stretch, pick.above
            from down d cross join lateral (
                select c.stretch, d.above + c.newer as above
                from (
                    select s.stretch, sum(s.transactions)::bigint as own,
                           coalesce(sum(sum(s.transactions)) over (order by s.stretch desc rows between unbounded preceding and 1 preceding), 0)
                               ::bigint as newer
                    from tracked k
                    join balances b on b.ledger_id = k.ledger_id
                    join balance_stretches s on s.ledger_id = b.ledger_id and s.asset = b.asset and s.level = d.level - {Sums.LevelBits}
                        and s.stretch >= d.stretch << {Sums.LevelBits} and s.stretch < (d.stretch + 1) << {Sums.LevelBits}
                    group by s.stretch) c
                where d.above + c.newer + c.own > {offset}
                order by c.stretch desc limit 1) pick
            where d.level > 0
        ), landing as materialized (
            select stretch, above from down where level = 0
        )
        """;

    /// <summary>The condition that a row is beyond a place, if there is one.</summary>
    internal static string Beyond(NpgsqlCommand command, TransactionPlace place, string table = "x")
    {
        if (place.Key is not { } key) return "";
        var parts = string.Join(", ",
            command.Placed(key.Height), command.Placed(key.Position), command.Placed(key.Side), command.Placed(key.Txid),
            command.Placed(key.Asset), command.Placed(key.LedgerId));
        var columns = Columns(table);
        if (place.ByTime) (columns, parts) = ($"{table}.block_time, {columns}", $"{command.Placed(place.Time)}, {parts}");
        return $" and ({columns}) {(place.Backward ? '>' : '<')}{(place.Inclusive ? "=" : "")} ({parts})";
    }

    // The balance after the newest row of each ledger and asset, from which the others are counted down; after each row
    // where rows in between are left out.
    private static string Counted(bool each, bool parties = true) => $"""
        newest as materialized (
            select distinct {(each ? "" : "on (ledger_id, asset)")} {Key} from page
            order by ledger_id desc, asset desc, height desc, position desc, side desc, txid desc
        ), base as materialized (
            select n.ledger_id, n.asset, n.txid, b.reported_height, l.walk, l.first_walk_done, l.walked_height,
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
        select {Columns("p")}, p.address_id, p.address, p.network,
               p.delta, p.block_time, p.confirmed, p.orphaned, d.block_hash, d.fee, d.coinbase, {(parties ? "d.senders, d.receivers" : "'[]', '[]'")},
               base.balance, greatest(tip.height, base.reported_height, base.walked_height) as tip,
               not base.first_walk_done
                   or (base.walk is not null and (base.walk <> 'top' or p.height > base.walked_height)) as provisional,
               p.wallet_id, p.label
        from page p
        join base on base.ledger_id = p.ledger_id and base.asset = p.asset {(each ? "and base.txid = p.txid" : "")}
        join transaction_details d on d.ledger_id = p.ledger_id and d.txid = p.txid
        left join chain_tips tip on tip.network = p.network
        """;

    // Of each length the stretches between the place and the next longer one's border: at most 15, at any depth.
    private static string NewerBlocks(string height) => $"""
        select coalesce(sum(s.change), 0) as sum
        from generate_series(0, {Sums.TopLevel}, {Sums.LevelBits}) of (level)
        join balance_stretches s on s.ledger_id = n.ledger_id and s.asset = n.asset and s.level = of.level
            and s.stretch > ({height} >> of.level)
            and s.stretch < (({height} >> (of.level + {Sums.LevelBits})) + 1) << {Sums.LevelBits}
        """;

    private static string Columns(string table) => string.Join(", ", Key.Split(", ").Select(column => $"{table}.{column}"));

    internal static string OrderedBy(bool backward, string? table = null, bool byTime = false) => string.Join(", ",
        $"{(byTime ? "block_time, " : "")}{Key}".Split(", ")
            .Select(column => $"{(table is null ? "" : $"{table}.")}{column} {(backward ? "asc" : "desc")}"));
}
