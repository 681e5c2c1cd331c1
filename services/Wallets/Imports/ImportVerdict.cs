namespace Wallets;

/// <summary>What can become of a row; of a dry run, what would.</summary>
internal static class Verdicts
{
    public const string Imported = "imported";

    /// <summary>The wallet holds the address already, which keeps its label and tags.</summary>
    public const string Present = "present";

    public const string Refused = "refused";

    public static IReadOnlyList<string> All { get; } = [Imported, Present, Refused];
}

/// <summary>A row that waits for its verdict.</summary>
internal sealed record WaitingRow(int Line, string Wallet, ChainAddress Place, string? Label, IReadOnlyList<string> Tags)
{
    public string? Kind { get; init; }

    public string? Note { get; init; }

    public string? Origin { get; init; }
}

/// <summary>What an import is of.</summary>
internal static class ImportKinds
{
    public const string Addresses = "addresses";
    public const string Labels = "labels";
}

/// <summary>What became of a row.</summary>
internal sealed record Verdict(int Line, string Word, Guid? AddressId = null, Refusal? Refused = null)
{
    public static Verdict Refuse(WaitingRow row, Refusal why) => new(row.Line, Verdicts.Refused, Refused: why);
}
