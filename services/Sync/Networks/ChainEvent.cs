namespace Sync.Networks;

/// <summary>What happened to a network as a whole; its stream is <c>chain-{id of the network}</c>.</summary>
internal abstract record ChainEvent
{
    private ChainEvent()
    {
    }

    public const string Category = "chain";

    public sealed record ChainTipAdvanced(string Network, long Height, string Hash, DateTimeOffset At) : ChainEvent;

    public sealed record AssetDescribed(string Network, string Asset, string Symbol, int Decimals, string Provider, DateTimeOffset At) : ChainEvent;
}
