using System.Globalization;
using System.Numerics;
using Chains;
using Portfolio.Prices;

namespace Portfolio.Exports;

/// <summary>A column of an export; what is no text is a number or the like, of which no spreadsheet makes a formula.</summary>
internal sealed record ExportColumn(string Name, bool IsText, Func<ExportedTransaction, string?> Value);

/// <summary>The columns of an export, in their order: new ones come at the end.</summary>
internal sealed class ExportColumns(ExportScope scope, Currency currency)
{
    // A payment to hundreds is one of a service; who they all are is at the transaction itself.
    private const int MostCounterparties = 10;

    public IReadOnlyList<ExportColumn> All { get; } =
    [
        new("time", false, one => TimeOf(one.Row.Time)),
        new("network", false, one => one.View.Network),
        new("txid", false, one => one.View.Txid),
        new("height", false, one => one.View.Height?.ToString(CultureInfo.InvariantCulture)),
        new("wallet", true, one => scope.WalletsById.GetValueOrDefault(one.Row.WalletId).Label),
        new("address", false, one => one.View.Address),
        new("label", true, one => one.Row.Label),
        new("asset", false, one => one.View.Asset),
        new("symbol", true, one => one.View.Result.Symbol),
        new("direction", false, one => one.View.Direction),
        new("amount", false, one => one.View.Result.Display),
        new("amountBaseUnits", false, one => one.View.Result.Amount.Value.ToString(CultureInfo.InvariantCulture)),
        new("fee", false, one => Fee(one)?.Display),
        new("feeSymbol", true, one => Fee(one)?.Symbol),
        new("balance", false, one => one.View.Balance?.Display),
        new("counterparties", true, Counterparties),
        new("value", false, one => Value(one, currency)),
        new("currency", false, one => one.Price is null ? null : currency.Code),
        new("price", false, one => one.Price?.Value.ToString(CultureInfo.InvariantCulture)),
        new("priceSource", true, one => one.Price?.Source),
        new("tags", true, one => Tags(one, scope)),
        new("transactionLabel", true, one => one.Said?.Label),
        new("note", true, one => one.Said?.Note),
        new("status", false, one => one.View.Status),
        new("cursor", false, one => one.Cursor.Write()),
        new("leftOut", true, one => one.LeftOut),
        new("provisional", false, one => one.View.Provisional ? "true" : "false"),
    ];

    /// <summary>A row's cells, none of which begins a formula.</summary>
    public string[] Cells(ExportedTransaction one)
    {
        var cells = new string[All.Count];
        for (var i = 0; i < cells.Length; i++)
        {
            var value = All[i].Value(one);
            cells[i] = All[i].IsText ? SafeCell.Of(value) : value ?? "";
        }

        return cells;
    }

    public static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What a change was worth by the price of its day, signed as it is; null where there is no price.</summary>
    public static string? Value(ExportedTransaction one, Currency currency) => one.Price is not { } price ? null
        : Worth.Text(Worth.Exactly(one.View.Result.Amount, one.View.Result.Decimals, price.Value), currency.Digits);

    // Whoever got something did not pay for it.
    private static Money? Fee(ExportedTransaction one) => one.Row.Delta < BigInteger.Zero && one.Row.Fee != Amount.Zero ? one.View.Fee : null;

    private static string? Tags(ExportedTransaction one, ExportScope scope) => string.Join("; ", (one.Said?.Tags ?? [])
        .Concat(scope.TagsOfAddresses.GetValueOrDefault(one.Row.AddressId, []))
        .Concat(scope.WalletsById.TryGetValue(one.Row.WalletId, out var wallet) ? wallet.Tags : [])
        .Distinct(StringComparer.OrdinalIgnoreCase));

    private static string? Counterparties(ExportedTransaction one)
    {
        var parties = one.Row.Delta.Sign switch { > 0 => one.Row.From, < 0 => one.Row.To, _ => [] };
        var others = parties.Select(party => party.Address).OfType<string>().Where(address => address != one.View.Address).Distinct().ToList();
        return others.Count <= MostCounterparties
            ? string.Join(' ', others)
            : $"{string.Join(' ', others.Take(MostCounterparties))} +{(others.Count - MostCounterparties).ToString(CultureInfo.InvariantCulture)}";
    }
}
