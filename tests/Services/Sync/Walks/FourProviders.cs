namespace Services.Sync;

/// <summary>Four providers of one chain, the honest one last; who does not answer rests for longer than a test.</summary>
public sealed class FourProviders : SyncParts
{
    public const string Lagging = "lagging";
    public const string Lying = "lying";
    public const string Hanging = "hanging";
    public const string Honest = "honest";

    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers =>
        [(Lagging, "esplora", Lagging), (Lying, "esplora", Lying), (Hanging, "blockchair", Hanging), (Honest, "esplora", Honest)];

    protected override string TimeoutSeconds => "1";

    protected override IEnumerable<(string Key, string Value)> MoreSettings => [($"Chains:{Bitcoin}:RestSeconds", "600")];
}
