namespace Services.Sync;

/// <summary>A provider of each dialect, the ones that tell a history no further than a cap first.</summary>
public sealed class AllDialects : SyncParts
{
    public const string Blockchair = "blockchair";
    public const string Info = BothDialects.Info;
    public const string Esplora = BothDialects.Esplora;
    public const int Cap = BothDialects.Cap;

    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers =>
        [(Blockchair, "blockchair", Blockchair), (Info, "blockchain-info", Info), (Esplora, "esplora", Esplora)];

    protected override string TimeoutSeconds => "2";

    protected override string[] SimulatorArguments => ["--offset-cap", $"{Cap}", "--blockchair-offset-cap", $"{Cap}"];
}
