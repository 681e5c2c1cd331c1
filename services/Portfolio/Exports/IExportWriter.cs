namespace Portfolio.Exports;

/// <summary>Writes an export in one form, as it comes; whoever reads slowly slows the reading of the database down.</summary>
internal interface IExportWriter : IAsyncDisposable
{
    Task WriteAsync(IReadOnlyList<ExportedTransaction> batch, CancellationToken ct);

    /// <summary>Writes what belongs behind the last row. An export that is not ended is seen to be broken off.</summary>
    Task EndAsync(CancellationToken ct);
}
