using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;
using Sync.Chains;
using Sync.Providers;

namespace Sync.Networks;

/// <summary>The coins of an address that nobody has spent, as a provider tells them now.</summary>
internal static class ListCoins
{
    private const int Most = 10_000;

    public sealed record CoinView(
        [property: Description("The id of the transaction that made it.")] string Txid,
        [property: Description("The number of its output there, from 0.")] long Vout,
        [property: Description("How much it is.")] Money Value,
        [property: Description("The height of the block it is in; null while its transaction waits for one.")] long? Height,
        [property: Description("That block's hash.")] string? BlockHash,
        [property: Description("Blocks from that one to the tip, both counted; 0 while it waits.")] long Confirmations);

    public sealed record CoinsView(
        [property: Description("The address's id in the wallet.")] Guid AddressId,
        [property: Description("The network's slug.")] string Network,
        [property: Description("The address.")] string Address,
        [property: Description("Who told it.")] string Provider,
        [property: Description("The height of the tip that the answer belongs to.")] long Height,
        [property: Description("The hash of the block at that height.")] string Hash,
        [property: Description("The sum of those that are in blocks and that nothing which waits spends.")] Money Confirmed,
        [property: Description("The sum of those that wait for a block.")] Money Pending,
        [property: Description("The coins, oldest first, those that wait last.")] IReadOnlyList<CoinView> Data);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/addresses/{id:guid}/utxos", async Task<Ok<CoinsView>> (
                Guid id, Caller caller, NpgsqlDataSource database, NetworkCatalogue networks, ProviderPools pools, CancellationToken ct) =>
                TypedResults.Ok(await ReadAsync(id, caller, database, networks, pools, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("address-not-found", "range-too-wide", "upstream-unavailable")
            .WithName("ListCoins")
            .WithTags("Networks")
            .WithSummary("Lists the unspent coins of an address of a chain of coins")
            .WithDescription("Asked of a provider at this moment and told only where their sum is the balance, with what waits for a block, that "
                + "the same provider tells at the same tip. What a waiting transaction spends is none of them any more, what it makes is. An address "
                + "of a chain of accounts has no coins and is not found here.");

    private static async Task<CoinsView> ReadAsync(
        Guid id, Caller caller, NpgsqlDataSource database, NetworkCatalogue networks, ProviderPools pools, CancellationToken ct)
    {
        var (network, text) = await database.QueryFirstOrDefaultAsync<(string Network, string Address)>("""
            select l.network, l.address from ledger_trackers t join ledgers l using (ledger_id) join wallets w on w.wallet_id = t.wallet_id
            where t.address_id = @id and w.owner_id = @owner and (@wallets::uuid[] is null or w.wallet_id = any(@wallets))
            """, new { id, owner = caller.UserId, wallets = Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid) }, ct);
        if (network is null || networks.Find(network) is not { Family: ChainFamily.Utxo } known
            || Addresses.Parse(known, text) is not Address address)
            throw new DomainException("address-not-found", "None of your wallets has such an address with coins, or it is not followed yet.");

        // Somebody waits for it.
        RequestPriority.Set(true);
        var refusal = ProviderPools.NoProvider(network);
        TimeSpan? wait = null;
        foreach (var teller in pools.Find(network)?.CoinTellers ?? [])
        {
            try
            {
                return await ToldAsync(teller, id, address, ct);
            }
            catch (ProviderException e)
            {
                (refusal, wait) = (e.Message, e.RetryAfter);
            }
        }

        throw new DomainException("upstream-unavailable", $"Nobody tells the address's coins now: {refusal}.")
        {
            RetryAfter = wait ?? TimeSpan.FromSeconds(30),
        };
    }

    private static async Task<CoinsView> ToldAsync(ICoins teller, Guid id, Address address, CancellationToken ct)
    {
        var tip = await teller.TipAsync(ct);
        var coins = await teller.CoinsAsync(address, ct);
        var summary = await teller.SummaryAsync(address, ct);
        if (!await teller.StandsAsync(address, tip, ct))
            throw new ProviderException(ProviderFailure.Contradiction, teller.Provider, "a block came in between", TimeSpan.FromSeconds(1));
        if (coins.Count > Most)
            throw new DomainException("range-too-wide", $"The address has {coins.Count} coins; at most {Most} are told of at once.");
        if (Sum(coins) != summary.Confirmed + summary.Pending)
            throw new ProviderException(ProviderFailure.Contradiction, teller.Provider, "its coins and its balance of the address differ");

        var asset = address.Network.Native;
        return new(
            id, address.Network.Slug, address.Text, teller.Provider, tip.Height, tip.Hash,
            Money.Of(Sum(coins.Where(coin => coin.Height is not null)), asset), Money.Of(Sum(coins.Where(coin => coin.Height is null)), asset),
            [
                .. coins.OrderBy(coin => coin.Height ?? long.MaxValue).ThenBy(coin => coin.Txid, StringComparer.Ordinal).ThenBy(coin => coin.Vout)
                    .Select(coin => new CoinView(coin.Txid, coin.Vout, Money.Of(coin.Value, asset), coin.Height, coin.BlockHash,
                        coin.Height is { } height ? Math.Max(tip.Height - height + 1, 1) : 0)),
            ]);
    }

    private static Amount Sum(IEnumerable<Coin> coins) => coins.Aggregate(Amount.Zero, (sum, coin) => sum + coin.Value);
}
