using ServiceDefaults;

namespace Wallets;

/// <summary>How much of a table of addresses is taken, and how it is worked off.</summary>
internal sealed class ImportOptions : IValidated
{
    public const string Section = "Imports";

    /// <summary>What the gateway lets through, without the few lines around a file in a form.</summary>
    public const int LargestUpload = 20 * 1024 * 1024;

    /// <summary>The largest file that is taken, in bytes.</summary>
    public int MaxUploadBytes { get; init; } = LargestUpload;

    /// <summary>The most rows below the header.</summary>
    public int MaxRows { get; init; } = 50_000;

    /// <summary>The most columns.</summary>
    public int MaxColumns { get; init; } = 50;

    /// <summary>The most characters of a cell.</summary>
    public int MaxCellLength { get; init; } = 1_000;

    /// <summary>What a spreadsheet may unpack to, in bytes; it is a packed file.</summary>
    public long MaxUnpackedBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>How many uploads one process reads at a time; others wait.</summary>
    public int UploadsAtOnce { get; init; } = 2;

    /// <summary>How many uploads come in at a time in one process, at most two of a user; more are refused.</summary>
    public int ReceivedAtOnce { get; init; } = 12;

    /// <summary>How long an upload may take to come.</summary>
    public TimeSpan ReceiveWithin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many rows are decided and stored at once.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>How often imports that wait are looked for.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an import and what became of its rows can be looked at once it is finished.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    public IEnumerable<string> Errors()
    {
        if (MaxUploadBytes is < 1024 or > LargestUpload) yield return $"MaxUploadBytes must be from 1024 to {LargestUpload}.";
        if (MaxRows is < 1 or > 200_000) yield return "MaxRows must be from 1 to 200000.";
        if (MaxColumns is < 5 or > 1000) yield return "MaxColumns must be from 5 to 1000.";
        if (MaxCellLength is < 100 or > 10_000) yield return "MaxCellLength must be from 100 to 10000.";
        if (MaxUnpackedBytes is < 1024 * 1024 or > 1024L * 1024 * 1024) yield return "MaxUnpackedBytes must be from 1 MiB to 1 GiB.";
        if (UploadsAtOnce is < 1 or > 16) yield return "UploadsAtOnce must be from 1 to 16.";
        if (ReceivedAtOnce is < 1 or > 1_000) yield return "ReceivedAtOnce must be from 1 to 1000.";
        if (ReceiveWithin < TimeSpan.FromSeconds(1) || ReceiveWithin > TimeSpan.FromHours(1))
            yield return "ReceiveWithin must be from 00:00:01 to 01:00:00.";
        if (BatchSize is < 1 or > 5_000) yield return "BatchSize must be from 1 to 5000.";
        if (PollEvery < TimeSpan.FromMilliseconds(10)) yield return "PollEvery must be at least 00:00:00.010.";
        if (KeepFor < TimeSpan.FromHours(1)) yield return "KeepFor must be at least 01:00:00.";
    }
}
