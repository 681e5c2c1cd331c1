using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Portfolio.Exports;

/// <summary>A JSON object on each line, with the columns as its members, all of them texts; what there is none of is left out.</summary>
internal sealed class JsonLinesExport(Stream body, ExportColumns columns) : IExportWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task WriteAsync(IReadOnlyList<ExportedTransaction> batch, CancellationToken ct)
    {
        var lines = new ArrayBufferWriter<byte>(batch.Count * 512);
        using var json = new Utf8JsonWriter(lines, Options);
        foreach (var one in batch)
        {
            json.WriteStartObject();
            foreach (var column in columns.All)
            {
                // No spreadsheet reads this, so texts stay as they are.
                if (column.Value(one) is { Length: > 0 } value) json.WriteString(column.Name, value);
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            lines.Write("\n"u8);
        }

        await body.WriteAsync(lines.WrittenMemory, ct);
        await body.FlushAsync(ct);
    }

    public Task EndAsync(CancellationToken ct) => body.FlushAsync(ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
