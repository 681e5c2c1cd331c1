using System.Numerics;
using EventSourcing;

namespace Store;

/// <summary>The aggregate these tests store: a cash till.</summary>
internal abstract record TillEvent
{
    private TillEvent() { }

    public sealed record TillOpened(Guid TillId, string Label, DateTimeOffset At) : TillEvent;

    public sealed record CashMoved(int Writer, int Number, string Amount) : TillEvent;

    public sealed record TillClosed(string? Reason, IReadOnlyList<string> Signatures) : TillEvent;
}

internal sealed record Till(string Label, int Count, BigInteger Total) : IAggregate<Till, TillEvent>
{
    public static string Category => "till";

    public static Till Initial { get; } = new("", 0, 0);

    public static EventTypes Types { get; } = EventTypes.Of(typeof(TillEvent));

    public static Till Evolve(Till state, TillEvent @event) => @event switch
    {
        TillEvent.TillOpened e => state with { Label = e.Label },
        TillEvent.CashMoved e => state with { Count = state.Count + 1, Total = state.Total + BigInteger.Parse(e.Amount, null) },
        _ => state,
    };

    /// <summary>Moves that happened once, with fresh ids.</summary>
    public static IReadOnlyList<NewEvent> Moves(int count, int writer = 0) =>
        [.. Enumerable.Range(1, count).Select(number => NewEvent.Fresh(new TillEvent.CashMoved(writer, number, $"{number}")))];

    /// <summary>Moves whose ids are their names: the same numbers of the same till are the same facts.</summary>
    public static IReadOnlyList<NewEvent> Facts(Guid till, int from, int to) =>
        [.. Enumerable.Range(from, to - from + 1).Select(number =>
            new NewEvent(FactId.Of($"{till}", $"{number}"), new TillEvent.CashMoved(0, number, $"{number}")))];
}
