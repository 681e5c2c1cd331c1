using System.Globalization;
using Chains;
using CsvHelper;
using Portfolio.Prices;

namespace Portfolio.Exports;

/// <summary>
/// The layouts that tools for taxes read: one line for what a transaction did to all exported wallets together. The rows of a block are held
/// until its network's next one comes, since a transaction's are not always side by side.
/// </summary>
internal sealed class TaxToolExport(
    Stream body, NetworkCatalogue networks, IReadOnlySet<(string Network, string Address)> own, Currency currency, string format) : IExportWriter
{
    private static readonly string[] Koinly =
    [
        "Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency", "Fee Amount", "Fee Currency", "Net Worth Amount",
        "Net Worth Currency", "Label", "Description", "TxHash",
    ];

    private static readonly string[] CoinTracking =
    [
        "Type", "Buy Amount", "Buy Currency", "Sell Amount", "Sell Currency", "Fee", "Fee Currency", "Exchange", "Group", "Comment", "Date", "Tx-ID",
    ];

    private readonly CsvWriter writer = CsvWriter.Create(body, new() { ValidateFieldCount = true }, leaveOpen: true);
    private readonly Dictionary<string, List<ExportedTransaction>> blocks = [];
    private bool begun;

    public async Task WriteAsync(IReadOnlyList<ExportedTransaction> batch, CancellationToken ct)
    {
        await BeginAsync(ct);
        // What nobody asked for is no income.
        foreach (var one in batch.Where(one => one.LeftOut is null))
        {
            if (!blocks.TryGetValue(one.View.Network, out var block)) blocks[one.View.Network] = block = [];
            if (block.Count > 0 && block[0].Row.Key.Height != one.Row.Key.Height) await WriteBlockAsync(block, ct);
            block.Add(one);
        }

        await writer.FlushAsync(ct);
    }

    public async Task EndAsync(CancellationToken ct)
    {
        await BeginAsync(ct);
        foreach (var block in blocks.Values.Where(block => block.Count > 0).OrderBy(block => block[0].Row.Time)) await WriteBlockAsync(block, ct);
        await writer.FlushAsync(ct);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task BeginAsync(CancellationToken ct)
    {
        if (begun) return;
        begun = true;
        await writer.WriteRecordAsync(format == ExportFormats.Koinly ? Koinly : CoinTracking, ct);
    }

    private async Task WriteBlockAsync(List<ExportedTransaction> block, CancellationToken ct)
    {
        foreach (var transaction in block.GroupBy(row => row.View.Txid))
        {
            foreach (var movement in TaxMovement.Of([.. transaction], networks.Find(transaction.First().View.Network), own, currency))
                await writer.WriteRecordAsync(format == ExportFormats.Koinly ? KoinlyLine(movement) : CoinTrackingLine(movement), ct);
        }

        block.Clear();
    }

    private string[] KoinlyLine(TaxMovement one)
    {
        // What only costs something is told as sent, with a label that says so.
        var (sent, fee) = one.IsCost ? (one.Fee, null) : (one.Sent, one.Fee);
        return
        [
            one.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
            sent?.Display ?? "", SafeCell.Of(sent?.Symbol), one.Received?.Display ?? "", SafeCell.Of(one.Received?.Symbol),
            fee?.Display ?? "", SafeCell.Of(fee?.Symbol), one.Worth ?? "", one.Worth is null ? "" : currency.Code,
            one.IsCost ? "cost" : one.Coinbase && one.Received is not null ? "mining" : "", SafeCell.Of(one.Description), one.Txid,
        ];
    }

    private static string[] CoinTrackingLine(TaxMovement one)
    {
        var type = one switch
        {
            { IsCost: true } => "Other Fee",
            { Sent: not null, Received: not null } => "Trade",
            { Received: not null, Coinbase: true } => "Mining",
            { Received: not null } => "Deposit",
            _ => "Withdrawal",
        };
        var (sent, fee) = one.IsCost ? (one.Fee, null) : (one.Sent, one.Fee);
        return
        [
            type, one.Received?.Display ?? "", SafeCell.Of(one.Received?.Symbol), sent?.Display ?? "", SafeCell.Of(sent?.Symbol),
            fee?.Display ?? "", SafeCell.Of(fee?.Symbol), one.Network, "", SafeCell.Of(one.Description),
            one.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), one.Txid,
        ];
    }
}
