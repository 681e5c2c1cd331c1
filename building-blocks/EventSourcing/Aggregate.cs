namespace EventSourcing;

/// <summary>A state that is folded from one family of events. <c>Evolve</c> is pure: no clock, no ids, no I/O.</summary>
public interface IAggregate<TSelf, TEvent>
    where TSelf : IAggregate<TSelf, TEvent>
    where TEvent : class
{
    /// <summary>The first part of the stream's name: <c>{Category}-{id}</c>.</summary>
    static abstract string Category { get; }

    /// <summary>The state before anything happened.</summary>
    static abstract TSelf Initial { get; }

    /// <summary>The state after one more event.</summary>
    static abstract TSelf Evolve(TSelf state, TEvent @event);
}

/// <summary>An aggregate with the version of its stream that it was folded from; 0 where there is no stream yet.</summary>
public sealed record Loaded<TState>(TState State, long Version);
