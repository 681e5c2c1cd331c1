using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Portfolio.Assets;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>One transaction with what it changed for each of the caller's addresses.</summary>
internal sealed class GetTransaction(
    NpgsqlDataSource database, NetworkCatalogue networks, KnownAssets assets, SaidOfTransactions sayings, Risks risks, OwnAddresses own)
{
    private const int LongestTxid = 128;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/transactions/{chain}/{txid}", async Task<Ok<TransactionDetailView>> (
                string chain, string txid, Caller caller, GetTransaction transaction, CancellationToken ct) =>
                TypedResults.Ok(await transaction.ReadAsync(caller, chain, txid, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("transaction-not-found", "unknown-network")
            .WithName("GetTransaction")
            .WithTags("Transactions")
            .WithSummary("Tells one transaction with what it changed for each of the caller's addresses")
            .WithDescription("`chain` is a network's slug or CAIP-2 id. A transaction that touches none of the addresses in the wallets the key " +
                "may see is not found.");

    public async Task<TransactionDetailView> ReadAsync(Caller caller, string chain, string txid, CancellationToken ct)
    {
        var network = networks.Require(chain);
        if (txid.Length > LongestTxid || !txid.All(char.IsAsciiLetterOrDigit)) throw NotFound();

        // Hexadecimal ids have one spelling here; base58 tells capitals apart.
        var known = network.Family is ChainFamily.Solana ? txid : txid.ToLowerInvariant();
        await using var command = TransactionQuery.One(database, caller, network.Slug, known);
        var inBlocks = await TransactionRow.ReadAllAsync(command, ct);
        await using var waiting = PendingQuery.One(database, caller, network.Slug, known);
        var inNone = await PendingQuery.ReadAllAsync(waiting, ct);
        IReadOnlyList<TransactionRow> rows = [.. inBlocks, .. inNone];
        if (rows.Count == 0) throw NotFound();

        var names = await assets.NamesAsync(rows.SelectMany(row => row.Assets), ct);
        IReadOnlyList<(TransactionKey Key, TransactionView View)> views =
        [
            .. RunningBalances.Views(networks, names, inBlocks, backward: false, each: true), .. RunningBalances.Waiting(networks, names, inNone),
        ];
        var found = await risks.ReadAsync(caller.UserId, rows, ct);
        // Histories are re-read one by one, so just after a reorganisation they may differ; the one in the chain speaks, then what waits.
        var first = views.MinBy(view => view.View.Status switch { "orphaned" => 2, "pending" or "replaced" or "dropped" => 1, _ => 0 }).View;
        first = (await own.ReadAsync(caller, [first], ct)).Named(first);
        var providers = await ProvidersAsync(inBlocks, known, ct);
        var said = await sayings.ReadAsync(caller.UserId, [(first.Network, first.Txid)], ct);
        return new(
            first.Txid, first.Network, views.Select(view => view.View.Fee).MaxBy(fee => fee.Amount)!, first.From!, first.To!, first.Height,
            first.BlockHash, first.Time, first.TimeProvisional,
            first.Confirmations, first.Status, first.ReplacedBy, first.Coinbase,
            [.. rows.Zip(views, (row, view) => Change(
                row, view.View, found.GetValueOrDefault(row.Key), providers.GetValueOrDefault(row.Key.LedgerId)))],
            said.GetValueOrDefault((first.Network, first.Txid)));
    }

    private static TransactionChange Change(TransactionRow row, TransactionView view, RiskView? risk, string? provider) => new(
        row.WalletId, row.AddressId, row.Address, row.Label, view.Asset,
        view.Direction, view.Result, view.Balance, view.Status, view.Provisional, risk, provider);

    private async Task<Dictionary<Guid, string>> ProvidersAsync(IReadOnlyList<TransactionRow> rows, string txid, CancellationToken ct)
    {
        var told = await database.QueryAsync<(Guid Ledger, string Provider)>(
            "select ledger_id, provider from transaction_details where ledger_id = any(@ledgers) and txid = @txid",
            new { ledgers = rows.Select(row => row.Key.LedgerId).Distinct().ToArray(), txid }, ct);
        return told.ToDictionary(each => each.Ledger, each => each.Provider);
    }

    private static DomainException NotFound() => new("transaction-not-found", "None of your addresses has such a transaction.");
}
