using EventSourcing;
using MassTransit;
using Messaging;

namespace Services.Messages;

public sealed record ParcelOrdered(Guid ParcelId);

public sealed record SliceFetched(Guid ParcelId, int Slice);

public sealed record ParcelDue(Guid ParcelId);

public sealed record ParcelBroken(Guid ParcelId);

public sealed record FetchSlice(Guid ParcelId, int Slice);

/// <summary>A saga of three numbered slices, as small as one can be that has everything.</summary>
public sealed class Parcel : IStoredSaga
{
    public Guid CorrelationId { get; set; }

    public string State { get; set; } = "Initial";

    public DateTimeOffset? DueAt { get; set; }

    public int Slice { get; set; }

    public int Reminders { get; set; }
}

internal sealed class ParcelMachine : MassTransitStateMachine<Parcel>
{
    private const int LastSlice = 3;

    public ParcelMachine()
    {
        InstanceState(parcel => parcel.State);
        Event(() => Ordered, on => on.CorrelateById(x => x.Message.ParcelId));
        Event(() => Fetched, on => { on.CorrelateById(x => x.Message.ParcelId); on.OnMissingInstance(missing => missing.Discard()); });
        Event(() => Due, on => { on.CorrelateById(x => x.Message.ParcelId); on.OnMissingInstance(missing => missing.Discard()); });
        Event(() => Broken, on => { on.CorrelateById(x => x.Message.ParcelId); on.OnMissingInstance(missing => missing.Discard()); });

        During(Initial,
            When(Ordered).Then(x => x.Saga.Slice = 1).Append(x => Note(x.Saga, "ordered")).Send(_ => Fetches, x => InFlight(x.Saga))
                .TransitionTo(Fetching),
            When(Due).Then(x => { x.Saga.Slice = 1; x.Saga.DueAt = null; }).Append(x => Note(x.Saga, "ordered"))
                .Send(_ => Fetches, x => InFlight(x.Saga)).TransitionTo(Fetching),
            Ignore(Fetched));
        During(Fetching,
            When(Ordered).Send(_ => Fetches, x => InFlight(x.Saga)),
            When(Fetched, x => x.Message.Slice == x.Saga.Slice && x.Saga.Slice < LastSlice)
                .Then(x => x.Saga.Slice++).Send(_ => Fetches, x => InFlight(x.Saga)),
            When(Fetched, x => x.Message.Slice == x.Saga.Slice && x.Saga.Slice == LastSlice)
                .Append(x => [Note(x.Saga, "fetched"), Note(x.Saga, "delivered")]).TransitionTo(Delivered),
            When(Due).Then(x => { x.Saga.Reminders++; x.Saga.DueAt = null; }),
            When(Broken).Then(x => x.Saga.Slice = 99).Append(x => Note(x.Saga, "broken")).Then(_ => throw new InvalidOperationException("broken")));
        During(Delivered, Ignore(Ordered), Ignore(Fetched), Ignore(Due), Ignore(Broken));
    }

    public static Uri Fetches => Queues.Address("fetches");

    public State Fetching { get; } = null!;

    public State Delivered { get; } = null!;

    public Event<ParcelOrdered> Ordered { get; } = null!;

    public Event<SliceFetched> Fetched { get; } = null!;

    public Event<ParcelDue> Due { get; } = null!;

    public Event<ParcelBroken> Broken { get; } = null!;

    private static FetchSlice InFlight(Parcel parcel) => new(parcel.CorrelationId, parcel.Slice);

    private static StreamEvent Note(Parcel parcel, string text) =>
        new("parcel", parcel.CorrelationId, new NewEvent(FactId.Of($"{parcel.CorrelationId}", text), new NoteEvent.NoteKept(text)));
}

/// <summary>Writes down what it was told to fetch, and answers at once unless it is to keep still.</summary>
internal sealed class Fetcher(Fetches fetches) : IConsumer<FetchSlice>
{
    public async Task Consume(ConsumeContext<FetchSlice> context)
    {
        lock (fetches.Asked) fetches.Asked.Add(context.Message);
        if (fetches.KeepStill) return;

        var parcels = await context.GetSendEndpoint(Queues.Address("parcels"));
        await parcels.Send(new SliceFetched(context.Message.ParcelId, context.Message.Slice), context.CancellationToken);
    }
}

internal sealed class Fetches
{
    public bool KeepStill { get; set; }

    public List<FetchSlice> Asked { get; } = [];

    public int[] SlicesOf(Guid parcel)
    {
        lock (Asked) return [.. Asked.Where(fetch => fetch.ParcelId == parcel).Select(fetch => fetch.Slice)];
    }
}
