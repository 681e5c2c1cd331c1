using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Microsoft.AspNetCore.Mvc;
using Portfolio.Prices;
using Portfolio.Transactions;
using ServiceDefaults;

namespace Portfolio.Exports;

/// <summary>What of one wallet is to be exported, as it stands in the query.</summary>
public readonly record struct WalletExportRequest(
    [property: FromQuery(Name = "from"), InstantOrDay, Description("Only transactions whose block's time is this instant or later; of a day, its " +
        "beginning in UTC.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("Only transactions whose block's time is before this instant; of a day, before " +
        "its end in UTC.")] string? To = null,
    [property: FromQuery(Name = "network"), Description("Only transactions on this network, by its slug or CAIP-2 id.")] string? Network = null,
    [property: FromQuery(Name = "tag"), Description("Only transactions with this tag, or of a wallet or an address that has it, in whatever case.")]
    string? Tag = null,
    [property: FromQuery(Name = "currency"), Description(Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "after"), Description("Go on behind the row with this `cursor`, of an export with the same filters that broke off.")]
    string? After = null);

/// <summary>What is to be exported, as it stands in the query.</summary>
public readonly record struct ExportRequest(
    [property: FromQuery(Name = "format"), AllowedValues(ExportFormats.Csv, ExportFormats.JsonLines, ExportFormats.Xlsx, ExportFormats.Koinly,
        ExportFormats.CoinTracking), Description("`csv` (when left out), `jsonl`, `xlsx`, or the layout of a tax tool.")] string? Format = null,
    [property: FromQuery(Name = "wallet"), Description("Only this wallet, by its id; all that the key may see when left out.")] Guid? Wallet = null,
    [property: FromQuery(Name = "from"), InstantOrDay, Description("Only transactions whose block's time is this instant or later; of a day, its " +
        "beginning in UTC.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("Only transactions whose block's time is before this instant; of a day, before " +
        "its end in UTC.")] string? To = null,
    [property: FromQuery(Name = "network"), Description("Only transactions on this network, by its slug or CAIP-2 id.")] string? Network = null,
    [property: FromQuery(Name = "tag"), Description("Only transactions with this tag, or of a wallet or an address that has it, in whatever case.")]
    string? Tag = null,
    [property: FromQuery(Name = "currency"), Description(Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "after"), Description("Go on behind the row with this `cursor`, of an export with the same filters that broke off. " +
        "The layouts of tax tools have no such column; for them begin again with `from`.")]
    string? After = null)
{
    internal WalletExportRequest Rest => new(From, To, Network, Tag, Currency, After);
}

/// <summary>What is to be exported.</summary>
internal sealed record ExportFilter(string Format, Guid? Wallet, TransactionFilter Transactions, Currency Currency, ExportCursor? After)
{
    public bool IsForTaxes => Format is ExportFormats.Koinly or ExportFormats.CoinTracking;

    /// <exception cref="DomainException"><c>invalid-parameter</c>, <c>unknown-network</c> or <c>cursor-invalid</c>.</exception>
    public static ExportFilter Read(NetworkCatalogue networks, string? format, Guid? wallet, WalletExportRequest request)
    {
        if (format is not null && !ExportFormats.All.Contains(format))
            throw Instant.Invalid("format", $"is one of {string.Join(", ", ExportFormats.All)}.");
        if (request.After is not null && format is ExportFormats.Koinly or ExportFormats.CoinTracking)
            throw Instant.Invalid("after", $"is for formats whose rows have a 'cursor'; '{format}' has none.");
        return new(
            format ?? ExportFormats.Csv, wallet,
            TransactionFilter.Read(networks, new(Network: request.Network, From: request.From, To: request.To, Tag: request.Tag)),
            Currency.Read(request.Currency), request.After is { } after ? ExportCursor.Read(after) : null);
    }
}

/// <summary>The forms that an export has.</summary>
internal static class ExportFormats
{
    public const string Csv = "csv";
    public const string JsonLines = "jsonl";
    public const string Xlsx = "xlsx";
    public const string Koinly = "koinly";
    public const string CoinTracking = "cointracking";

    public static IReadOnlyList<string> All { get; } = [Csv, JsonLines, Xlsx, Koinly, CoinTracking];

    public static string ContentType(string format) => format switch
    {
        JsonLines => "application/x-ndjson",
        Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "text/csv; charset=utf-8; header=present",
    };

    public static string Extension(string format) => format switch { JsonLines => "jsonl", Xlsx => "xlsx", _ => "csv" };
}
