using Contracts;

namespace Portfolio.Clusters;

/// <summary>A transaction in the chain whose inputs several addresses spent, with all its sides.</summary>
internal sealed record Observed(string Txid, DateTimeOffset At, IReadOnlyList<Party> From, IReadOnlyList<Party> To);
