using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>All labels of addresses and transactions as BIP329 has them, as a stream: what is exported and imported again changes nothing.</summary>
internal static class ExportLabels
{
    private const string ContentType = "application/x-ndjson";

    private const string Sql = """
        select kind, ref, label, tags, note, origin from (
            select distinct 'addr' as kind, a.address as ref, a.label, a.tags, null::varchar as note, null::varchar as origin
            from wallets w join addresses a on a.wallet_id = w.wallet_id
            where w.owner_id = $1 and a.network = $2 and (a.label is not null or a.tags <> '{}')
            union all
            select 'tx', txid, label, tags, note, origin from transaction_labels where owner_id = $1 and network = $2) lines
        order by kind, ref, label, tags
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/labels", async Task<PushStreamHttpResult> (
                [Description("Which network's labels, by its slug or CAIP-2 id; bitcoin when left out.")] string? network,
                Caller caller, NetworkCatalogue networks, NpgsqlDataSource database, CancellationToken ct) =>
            {
                TransactionLabels.RequireAll(caller);
                var known = networks.Require(network ?? Networks.Bitcoin.Slug, "?network");
                // Asked before the answer begins, so that a database that is away is still a 503.
                var command = database.CreateCommand(Sql);
                command.Parameters.Add(new() { Value = caller.UserId });
                command.Parameters.Add(new() { Value = known.Slug });
                var rows = await command.ExecuteReaderAsync(ct);
                return TypedResults.Stream(body => WriteAsync(body, command, rows, ct), ContentType, $"labels-{known.Slug}.jsonl");
            })
            .RequireScope(Scopes.WalletsRead)
            .AsFleeting()
            .Produces<string>(contentType: ContentType)
            .WithSummary("All your labels as BIP329 has them, one JSON object a line.")
            .WithDescription("`addr` lines of the addresses in your wallets, `tx` lines of transactions, with the `origin` that came with them. " +
                "`tags` and `note` are ours and stand where there are any; other programs leave them alone.")
            .WithProblems("unknown-network");

    private static async Task WriteAsync(Stream body, NpgsqlCommand command, NpgsqlDataReader rows, CancellationToken ct)
    {
        await using var asked = command;
        await using var open = rows;
        while (await rows.ReadAsync(ct))
        {
            var tags = rows.GetFieldValue<string[]>(3);
            await body.WriteAsync(Bip329.Write(new(
                rows.GetString(0), rows.GetString(1), rows.Maybe<string>(2), rows.Maybe<string>(5), tags.Length == 0 ? null : tags,
                rows.Maybe<string>(4))), ct);
        }
    }
}
