using EventSourcing;

namespace Wallets;

/// <summary>Wakes whoever derives addresses in this process; one that is missed costs a pause.</summary>
internal sealed class DerivingSignal
{
    private readonly LogSignal signal = new();

    /// <summary>Take before looking for what is due, await after.</summary>
    public Task Next => signal.Next;

    public void Wake() => signal.Wake();
}
