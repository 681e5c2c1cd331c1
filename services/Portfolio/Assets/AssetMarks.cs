using Chains;
using Npgsql;
using Postgres;

namespace Portfolio.Assets;

/// <summary>Which of a user's assets are marked as spam, and why.</summary>
internal sealed class AssetMarks(NpgsqlDataSource database, KnownAssets assets, WellKnownTokens wellKnown, NetworkCatalogue networks)
{
    // Whoever paid for a transaction asked for it; on chains of accounts a fee that somebody else paid is 0. That something left the account
    // is a contract's word only.
    private const string AskedSql = """
        select n.asset, exists (
            select from wallets w
            join addresses a on a.wallet_id = w.wallet_id and a.network = n.network
            join ledger_trackers t on t.address_id = a.address_id and not t.ended
            join balances b on b.ledger_id = t.ledger_id and b.asset = n.asset
            join transactions x on x.ledger_id = t.ledger_id and x.asset = n.asset and not x.orphaned
            join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid and d.fee > 0
            where w.owner_id = @owner)
        from unnest(@networks, @assets) n (network, asset)
        """;

    /// <summary>The reasons, by asset, of those that are left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(
        Guid owner, IReadOnlyCollection<(string Network, string Asset)> held, CancellationToken ct)
    {
        var verdicts = (await database.QueryAsync<(string Asset, string Verdict)>(
            "select asset, verdict from asset_verdicts where user_id = @owner and asset = any(@held)",
            new { owner, held = held.Select(one => one.Asset).ToArray() }, ct)).ToDictionary(row => row.Asset, row => row.Verdict);
        var tokens = held.Distinct().Where(one => networks.Find(one.Network)?.Native.Caip19 != one.Asset).ToList();
        if (tokens.Count == 0) return new Dictionary<string, string>();

        var names = await assets.NamesAsync(tokens.Select(token => (token.Network, (string?)token.Asset)), ct);
        var open = tokens.Where(token => !verdicts.ContainsKey(token.Asset) && !wellKnown.Contains(token.Network, token.Asset)).ToList();
        var asked = open.Count == 0 ? [] : (await database.QueryAsync<(string Asset, bool Asked)>(AskedSql, new
        {
            owner, networks = open.Select(token => token.Network).ToArray(), assets = open.Select(token => token.Asset).ToArray(),
        }, ct)).Where(row => row.Asked).Select(row => row.Asset).ToHashSet();
        return tokens
            .Select(token => (token.Asset, Mark: AssetMark.Of(
                new(token.Network, token.Asset, names.Of(token.Network, token.Asset).Symbol, asked.Contains(token.Asset)),
                wellKnown, verdicts.GetValueOrDefault(token.Asset))))
            .Where(token => token.Mark is not null).ToDictionary(token => token.Asset, token => token.Mark!);
    }
}
