namespace Sync.Chains.Solana;

/// <summary>
/// How often in a row something could not be had. Only then is it taken for something that cannot be, so that a node which is late
/// is waited for and another one is asked. It is asked for every time all the same.
/// </summary>
internal sealed class FailedTries
{
    private const int Enough = 3;
    private const int Most = 1_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> tries = [];

    /// <summary>Counts a try, and says whether there were enough; what is out of reach needs no second one.</summary>
    public bool IsEnough(string what, ProviderException? failure)
    {
        lock (gate)
        {
            if (tries.Count >= Most) tries.Clear();
            tries[what] = tries.GetValueOrDefault(what) + 1;
            return tries[what] >= Enough || failure?.Failure is ProviderFailure.OutOfReach;
        }
    }

    public void Forget(string what)
    {
        lock (gate) tries.Remove(what);
    }
}
