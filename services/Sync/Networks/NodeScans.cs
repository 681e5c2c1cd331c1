using Chains;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using Sync.Chains;
using Sync.Chains.Utxo;

namespace Sync.Networks;

/// <summary>The rows of what a node's blocks were found to hold. They go when nobody tracks the address any more.</summary>
internal sealed class NodeScans(NpgsqlDataSource database) : INodeScans
{
    /// <summary>Forgets what was found of a ledger's address, in the caller's transaction.</summary>
    public const string Forget = """
        delete from node_scans s using ledgers l where l.ledger_id = @ledger and s.network = l.network and s.address = l.address
        """;

    public async Task<NodePlace?> BeginAsync(Address address, long start, CancellationToken ct)
    {
        var args = new { address.Network.Slug, address.Text, script = address.Script.ToArray(), start, below = start - 1 };
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await connection.QueryFirstOrDefaultAsync<NodePlace>("""
            select height, hash from node_scans where network = @Slug and address = @Text and start_height <= @start
            """, args, ct) is { } known) return known;
        // Where it is to begin further down than before, everything is looked through again. Whoever forgets an address locks its ledger first.
        return await connection.QueryFirstOrDefaultAsync<NodePlace>("""
            insert into node_scans (network, address, script, start_height, height)
            select network, address, @script, @start, @below from ledgers where network = @Slug and address = @Text for key share
            on conflict (network, address) do update set
                height = case when node_scans.start_height > @start then @below else node_scans.height end,
                hash = case when node_scans.start_height > @start then null else node_scans.hash end,
                start_height = least(node_scans.start_height, @start)
            returning height, hash
            """, args, ct);
    }

    public async Task<NodeGroup?> GroupAsync(Address address, long nearlyDone, int most, CancellationToken ct)
    {
        var (network, own) = (address.Network.Slug, address.Text);
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await connection.QueryFirstOrDefaultAsync<NodePlace>("""
            select height, hash from node_scans
            where network = @network and (address = @own or (height < @nearlyDone
                and (select height from node_scans where network = @network and address = @own) < @nearlyDone))
            order by height, address <> @own limit 1
            """, new { network, own, nearlyDone }, ct) is not { } place) return null;
        var scripts = await connection.QueryAsync<(string Address, byte[] Script)>("""
            select address, script from node_scans where network = @network and height = @Height and hash is not distinct from @hash
            order by address <> @own, address limit @most
            """, new { network, own, most, place.Height, hash = Text(place.Hash) }, ct);
        var next = await connection.ScalarAsync<long?>("""
            select min(height) from node_scans where network = @network and height > @Height and height < @nearlyDone
            """, new { network, place.Height, nearlyDone }, ct);
        return new(place, scripts.ToDictionary(row => row.Address, row => row.Script), next);
    }

    public async Task<IReadOnlyDictionary<(string Txid, int Number), string>> OwnersAsync(
        Network network, IReadOnlyCollection<string> addresses, IReadOnlyCollection<(string Txid, int Number)> coins, CancellationToken ct)
    {
        if (coins.Count == 0) return new Dictionary<(string, int), string>();
        var rows = await database.QueryAsync<(string Txid, int Number, string Address)>("""
            select c.txid, c.vout, c.address from unnest(@txids, @numbers) as w (txid, vout)
            join node_coins c on c.network = @Slug and c.txid = w.txid and c.vout = w.vout
            where c.address = any(@addresses)
            """, new
        {
            network.Slug, addresses = addresses.ToArray(), txids = coins.Select(coin => coin.Txid).ToArray(),
            numbers = coins.Select(coin => coin.Number).ToArray(),
        }, ct);
        return rows.ToDictionary(row => (row.Txid, row.Number), row => row.Address);
    }

    public async Task<bool> MoveAsync(Network network, NodeGroup group, ChainBlock to, IReadOnlyList<NodeFinding> found, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var moved = (await connection.QueryAsync<string>("""
            update node_scans set height = @Height, hash = @Hash
            where network = @Slug and address = any(@addresses) and height = @from and hash is not distinct from @fromHash
            returning address
            """, new
        {
            to.Height, to.Hash, network.Slug, addresses = group.Scripts.Keys.ToArray(), from = group.Place.Height, fromHash = Text(group.Place.Hash),
        }, ct)).ToHashSet();
        if (moved.Count == 0) return false;

        var rows = found.Where(each => moved.Contains(each.Address)).ToList();
        if (rows.Count > 0)
        {
            var made = rows.SelectMany(row => row.Made.Select(coin => (row.Address, Coin: coin))).ToList();
            var spent = rows.SelectMany(row => row.Spent.Select(coin => (row.Txid, Coin: coin))).ToList();
            await connection.ExecuteAsync("""
                insert into node_transactions (network, address, txid, height, position, block_hash, block_time)
                select @Slug, n.address, n.txid, @Height, n.position, @Hash, @Time
                from unnest(@addresses, @txids, @positions) as n (address, txid, position)
                on conflict do nothing;
                insert into node_coins (network, txid, vout, address, value, height, block_hash)
                select @Slug, n.txid, n.vout, n.address, n.value, @Height, @Hash
                from unnest(@coins, @numbers, @owners, @values) as n (txid, vout, address, value)
                on conflict do nothing;
                update node_coins c set spent_by = n.spender, spent_height = @Height
                from unnest(@spent, @spentNumbers, @spenders) as n (txid, vout, spender)
                where c.network = @Slug and c.txid = n.txid and c.vout = n.vout
                """, new
            {
                network.Slug, to.Height, to.Hash, to.Time,
                addresses = rows.Select(row => row.Address).ToArray(), txids = rows.Select(row => row.Txid).ToArray(),
                positions = rows.Select(row => row.Position).ToArray(),
                coins = made.Select(each => each.Coin.Txid).ToArray(), numbers = made.Select(each => each.Coin.Number).ToArray(),
                owners = made.Select(each => each.Address).ToArray(), values = made.Select(each => each.Coin.Value).ToArray(),
                spent = spent.Select(each => each.Coin.Txid).ToArray(), spentNumbers = spent.Select(each => each.Coin.Number).ToArray(),
                spenders = spent.Select(each => each.Txid).ToArray(),
            }, ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task RewindAsync(Network network, NodePlace from, NodePlace? to, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var moved = await connection.QueryAsync<(string Address, long Height)>("""
            update node_scans set height = greatest(coalesce(@to, -1), start_height - 1), hash = case when @to >= start_height then @toHash end
            where network = @Slug and height = @Height and hash = @Hash
            returning address, height
            """, new
        {
            network.Slug, from.Height, from.Hash, to = Sql.Typed(to?.Height, NpgsqlDbType.Bigint), toHash = Text(to?.Hash),
        }, ct);
        await connection.ExecuteAsync("""
            delete from node_transactions t using unnest(@addresses, @heights) as m (address, height)
            where t.network = @Slug and t.address = m.address and t.height > m.height;
            delete from node_coins c using unnest(@addresses, @heights) as m (address, height)
            where c.network = @Slug and c.address = m.address and c.height > m.height;
            update node_coins c set spent_by = null, spent_height = null from unnest(@addresses, @heights) as m (address, height)
            where c.network = @Slug and c.address = m.address and c.spent_height > m.height
            """, new
        {
            network.Slug, addresses = moved.Select(row => row.Address).ToArray(), heights = moved.Select(row => row.Height).ToArray(),
        }, ct);
        await transaction.CommitAsync(ct);
    }

    public async Task<(long Transactions, Amount Sum)> SumAsync(Address address, CancellationToken ct)
    {
        var (transactions, sum) = await database.QuerySingleAsync<(long, string)>("""
            select (select count(*) from node_transactions where network = @Slug and address = @Text),
                (select coalesce(sum(value), 0)::text from node_coins where network = @Slug and address = @Text and spent_by is null)
            """, new { address.Network.Slug, address.Text }, ct);
        return (transactions, Amount.Parse(sum));
    }

    public async Task<IReadOnlyList<NodeTransaction>?> ListAsync(Address address, string? below, int most, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var (height, position) = (long.MaxValue, 0);
        if (below is not null)
        {
            if (await connection.QueryFirstOrDefaultAsync<(long, int)?>("""
                select height, position from node_transactions where network = @Slug and address = @Text and txid = @below
                """, new { address.Network.Slug, address.Text, below }, ct) is not var (at, number)) return null;
            (height, position) = (at, number);
        }

        return await connection.QueryAsync<NodeTransaction>("""
            select txid, height, position, block_hash, block_time from node_transactions
            where network = @Slug and address = @Text and (height, position) < (@height, @position)
            order by height desc, position desc limit @most
            """, new { address.Network.Slug, address.Text, height, position, most }, ct);
    }

    public async Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct) =>
        (await database.QueryAsync<(string Txid, int Number, long Value, long Height, string Block)>("""
            select txid, vout, value, height, block_hash from node_coins where network = @Slug and address = @Text and spent_by is null
            order by height, txid, vout
            """, new { address.Network.Slug, address.Text }, ct))
        .ConvertAll(row => new Coin(row.Txid, row.Number, row.Value, row.Height, row.Block));

    public async Task<(bool IsInBlock, string? Spender)> FateAsync(
        Network network, string txid, IReadOnlyCollection<(string Txid, int Number)> spent, CancellationToken ct) =>
        await database.QuerySingleAsync<(bool, string?)>("""
            select exists (select from node_transactions where network = @Slug and txid = @txid),
                (select c.spent_by from unnest(@txids, @numbers) as w (txid, vout)
                    join node_coins c on c.network = @Slug and c.txid = w.txid and c.vout = w.vout
                    where c.spent_by <> @txid limit 1)
            """, new
        {
            network.Slug, txid, txids = spent.Select(coin => coin.Txid).ToArray(), numbers = spent.Select(coin => coin.Number).ToArray(),
        }, ct);

    private static Dapper.SqlMapper.ICustomQueryParameter Text(string? value) => Sql.Typed(value, NpgsqlDbType.Varchar);
}
