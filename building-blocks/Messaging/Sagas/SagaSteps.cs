using EventSourcing;
using MassTransit;
using Npgsql;

namespace Messaging;

/// <summary>An event with the stream it belongs to.</summary>
public readonly record struct StreamEvent(string Category, Guid Id, NewEvent Event);

/// <summary>What a saga may do besides sending: append events and ask its service's database, in its own transaction.</summary>
public static class SagaSteps
{
    /// <summary>Appends an event in the saga's own transaction; it is stored if and only if the new state is.</summary>
    public static EventActivityBinder<TSaga, TMessage> Append<TSaga, TMessage>(
        this EventActivityBinder<TSaga, TMessage> binder, Func<BehaviorContext<TSaga, TMessage>, StreamEvent> @event)
        where TSaga : class, IStoredSaga
        where TMessage : class =>
        binder.Then(context => Append(context.Work(), @event(context)));

    /// <summary>Appends any number of events in the saga's own transaction.</summary>
    public static EventActivityBinder<TSaga, TMessage> Append<TSaga, TMessage>(
        this EventActivityBinder<TSaga, TMessage> binder, Func<BehaviorContext<TSaga, TMessage>, IEnumerable<StreamEvent>> events)
        where TSaga : class, IStoredSaga
        where TMessage : class =>
        binder.Then(context =>
        {
            foreach (var @event in events(context)) Append(context.Work(), @event);
        });

    /// <summary>The transaction that the saga's state will be stored in; it is committed by the repository.</summary>
    public static Work Work<TSaga>(this SagaConsumeContext<TSaga> context) where TSaga : class, IStoredSaga => context.GetPayload<Work>();

    /// <summary>The connection of the saga's transaction.</summary>
    public static NpgsqlConnection Connection<TSaga>(this SagaConsumeContext<TSaga> context) where TSaga : class, IStoredSaga =>
        context.Work().Connection;

    private static void Append(Work work, StreamEvent @event) => work.Append(@event.Category, @event.Id, [@event.Event]);
}
