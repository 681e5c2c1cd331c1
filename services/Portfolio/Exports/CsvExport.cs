using CsvHelper;

namespace Portfolio.Exports;

/// <summary>Comma-separated values in UTF-8 with a header (RFC 4180).</summary>
internal sealed class CsvExport(Stream body, ExportColumns columns) : IExportWriter
{
    private readonly CsvWriter writer = CsvWriter.Create(body, new() { ValidateFieldCount = true }, leaveOpen: true);
    private bool begun;

    public async Task WriteAsync(IReadOnlyList<ExportedTransaction> batch, CancellationToken ct)
    {
        await BeginAsync(ct);
        foreach (var one in batch) await writer.WriteRecordAsync(columns.Cells(one), ct);
        await writer.FlushAsync(ct);
    }

    public async Task EndAsync(CancellationToken ct)
    {
        await BeginAsync(ct);
        await writer.FlushAsync(ct);
    }

    // Nothing is left to be written where the export was ended, and nothing may be where it broke off.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task BeginAsync(CancellationToken ct)
    {
        if (begun) return;
        begun = true;
        await writer.WriteRecordAsync([.. columns.All.Select(column => column.Name)], ct);
    }
}
