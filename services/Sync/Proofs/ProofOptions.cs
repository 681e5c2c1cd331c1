using ServiceDefaults;

namespace Sync.Proofs;

/// <summary>How long providers are asked for the proofs of one statement.</summary>
internal sealed class ProofOptions : IValidated
{
    public const string Section = "Sync:Proofs";

    /// <summary>Whoever asks waits for it, and gives up after ten seconds.</summary>
    public int Seconds { get; init; } = 7;

    public IEnumerable<string> Errors()
    {
        if (Seconds is not (>= 1 and <= 9)) yield return "Seconds must be from 1 to 9.";
    }
}
