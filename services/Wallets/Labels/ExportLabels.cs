using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// All labels of addresses and transactions as BIP329 has them: what is exported and imported again changes nothing. They are read to their end
/// before the first is sent, so that whoever reads slowly holds nothing in the database.
/// </summary>
internal static class ExportLabels
{
    private const string ContentType = "application/x-ndjson";
    private const int InMemory = 64 * 1024;

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
                HttpContext context, Caller caller, NetworkCatalogue networks, NpgsqlDataSource database, CancellationToken ct) =>
            {
                TransactionLabels.RequireAll(caller);
                var known = networks.Require(network ?? Networks.Bitcoin.Slug, "?network");
                // More than that goes to a file.
                var lines = new FileBufferingWriteStream(InMemory);
                context.Response.RegisterForDisposeAsync(lines);
                await ReadAsync(database, caller.UserId, known.Slug, lines, ct);
                return TypedResults.Stream(body => lines.DrainBufferAsync(body, ct), ContentType, $"labels-{known.Slug}.jsonl");
            })
            .RequireScope(Scopes.WalletsRead)
            .AsFleeting()
            .Produces<string>(contentType: ContentType)
            .WithSummary("All your labels as BIP329 has them, one JSON object a line.")
            .WithDescription("`addr` lines of the addresses in your wallets, `tx` lines of transactions, with the `origin` that came with them. " +
                "`tags` and `note` are ours and stand where there are any; other programs leave them alone.")
            .WithProblems("unknown-network");

    internal static async Task ReadAsync(NpgsqlDataSource database, Guid owner, string network, Stream lines, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = owner });
        command.Parameters.Add(new() { Value = network });
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var tags = rows.GetFieldValue<string[]>(3);
            await lines.WriteAsync(Bip329.Write(new(
                rows.GetString(0), rows.GetString(1), rows.Maybe<string>(2), rows.Maybe<string>(5), tags.Length == 0 ? null : tags,
                rows.Maybe<string>(4))), ct);
        }
    }
}
