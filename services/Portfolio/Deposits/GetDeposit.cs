using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using ServiceDefaults;

namespace Portfolio.Deposits;

/// <summary>One deposit.</summary>
internal sealed class GetDeposit(NpgsqlDataSource database, KnownAssets assets)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/deposits/{id:guid}", async Task<Ok<DepositView>> (Guid id, Caller caller, GetDeposit deposit, CancellationToken ct) =>
                TypedResults.Ok(await deposit.ReadAsync(caller, id, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("deposit-not-found")
            .WithName("GetDeposit")
            .WithTags("Deposits")
            .WithSummary("Tells one deposit")
            .WithDescription("The id is that of the messages about it. A deposit to none of the addresses in the wallets the key may see is not " +
                "found.");

    public async Task<DepositView> ReadAsync(Caller caller, Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand();
        var wallets = command.Placed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.CommandText = $"""
            select {DepositRows.Columns}, tip.height, a.label
            from deposits d
            join wallets w on w.wallet_id = d.wallet_id and w.owner_id = {command.Placed(caller.UserId)}
            join addresses a on a.address_id = d.address_id
            left join chain_tips tip on tip.network = d.network
            where d.deposit_id = {command.Placed(id)} and ({wallets}::uuid[] is null or w.wallet_id = any({wallets}))
            """;
        if (await ListDeposits.ReadAsync(command, ct) is not [var (deposit, tip, label)])
            throw new DomainException("deposit-not-found", "None of your addresses has such a deposit.");

        var names = await assets.NamesAsync([(deposit.Key.Network, deposit.Key.Asset)], ct);
        return DepositView.Of(deposit, tip, label, names.Of(deposit.Key.Network, deposit.Key.Asset));
    }
}
