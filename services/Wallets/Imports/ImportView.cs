using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace Wallets;

/// <summary>How far an import is.</summary>
internal static class ImportStates
{
    public const string Running = "running";
    public const string Finished = "finished";
}

/// <summary>An import of a table of addresses, or of labels.</summary>
internal sealed record ImportView(
    [property: Description("The import's id.")] Guid Id,
    [property: Description("What it is of: `addresses`, or `labels` as BIP329 has them."),
        AllowedValues(ImportKinds.Addresses, ImportKinds.Labels)] string Kind,
    [property: Description("Whether rows wait for their verdict."), AllowedValues(ImportStates.Running, ImportStates.Finished)] string State,
    [property: Description("Whether nothing is changed: the verdicts say what would become of the rows.")] bool DryRun,
    [property: Description("How many rows hold anything, without the header.")] int Total,
    [property: Description("How many of them have their verdict.")] long Done,
    [property: Description("How many addresses joined a wallet, or labels were set.")] long Imported,
    [property: Description("How many addresses were in their wallet already, where they keep their labels and tags, or labels were " +
        "as the line says.")] long Present,
    [property: Description("How many were refused; `/imports/{id}/rows?verdict=refused` says why, row by row.")] long Refused,
    [property: Description("When the table was sent.")] DateTimeOffset CreatedAt,
    [property: Description("When the last row got its verdict; null until then.")] DateTimeOffset? FinishedAt)
{
    public const string Select = """
        select i.import_id, i.kind, i.dry_run, i.total, i.created_at, i.finished_at,
               case when i.finished_at is null then n.imported else i.imported end, case when i.finished_at is null then n.present else i.present end,
               case when i.finished_at is null then n.refused else i.refused end
        from imports i cross join lateral (
            select count(*) filter (where r.verdict = 'imported') as imported, count(*) filter (where r.verdict = 'present') as present,
                   count(*) filter (where r.verdict = 'refused') as refused
            from import_rows r where r.import_id = i.import_id and i.finished_at is null and r.verdict is not null) n
        """;

    public static ImportView Read(NpgsqlDataReader row)
    {
        var (imported, present, refused) = (row.GetInt64(6), row.GetInt64(7), row.GetInt64(8));
        return new(
            row.GetGuid(0), row.GetString(1), row.IsDBNull(5) ? ImportStates.Running : ImportStates.Finished, row.GetBoolean(2), row.GetInt32(3),
            imported + present + refused, imported, present, refused, row.Time(4), row.MaybeTime(5));
    }

    public static ImportView Begun(Guid id, string kind, bool dryRun, int total, int refused, DateTimeOffset at) =>
        new(id, kind, ImportStates.Running, dryRun, total, refused, 0, 0, refused, at, null);
}

/// <summary>A row of an import, with its verdict once it has one.</summary>
internal sealed record ImportRowView(
    [property: Description("The row's number in the table, the header's being 1: of a file of text, that of its first line.")] int Row,
    [property: Description("What became of it, or would in a dry run; null while it waits."),
        AllowedValues(Verdicts.Imported, Verdicts.Present, Verdicts.Refused)] string? Verdict,
    [property: Description("Why it was refused, for programs.")] string? Code,
    [property: Description("Why it was refused, for people.")] string? Detail,
    [property: Description("Which column was refused, such as `/address`.")] string? Pointer,
    [property: Description("The wallet that the row is for; null where it is not known, and in a dry run where it would be made.")] Guid? WalletId,
    [property: Description("The address's id in the wallet; null of a refused row and in a dry run.")] Guid? AddressId,
    [property: Description("The network's slug; null of a refused row, of which nothing is kept.")] string? Network,
    [property: Description("The address in its canonical spelling, or the transaction's id of a label; null of a refused row.")] string? Address)
{
    public const string Select = "select line, verdict, code, detail, pointer, wallet_id, address_id, network, address from import_rows";

    public static ImportRowView Read(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.Maybe<string>(1), row.Maybe<string>(2), row.Maybe<string>(3), row.Maybe<string>(4),
        row.IsDBNull(5) ? null : row.GetGuid(5), row.IsDBNull(6) ? null : row.GetGuid(6), row.Maybe<string>(7), row.Maybe<string>(8));
}
