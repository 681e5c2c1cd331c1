using EventSourcing;
using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// Runs each message of a saga in one transaction of the service's database: the row is locked, the saga decides, its
/// state and the events it appended are stored together. What it sends leaves after that.
/// </summary>
internal sealed class SagaRepositoryContextFactory<TSaga>(EventStore store, SagaTable<TSaga> table)
    : ISagaRepositoryContextFactory<TSaga>
    where TSaga : class, IStoredSaga, new()
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next) where T : class
    {
        await using var work = await store.BeginAsync(context.CancellationToken);
        await next.Send(new Repository<T>(work, table, context));
        KillPoint.Reach("saga-before-commit");
        await work.CommitAsync(context.CancellationToken);
        KillPoint.Reach("saga-after-commit");
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next)
        where T : class => throw new NotSupportedException("A saga is found by its id only.");

    public void Probe(ProbeContext context) => context.Add("persistence", "postgresql");

    private sealed class Repository<T> : ConsumeContextScope<T>, SagaRepositoryContext<TSaga, T> where T : class
    {
        private readonly Work work;
        private readonly SagaTable<TSaga> table;

        public Repository(Work work, SagaTable<TSaga> table, ConsumeContext<T> context) : base(context, work)
        {
            this.work = work;
            this.table = table;
        }

        public Task<SagaConsumeContext<TSaga, T>> Add(TSaga instance) => Task.FromResult<SagaConsumeContext<TSaga, T>>(Of(this, instance));

        public async Task<SagaConsumeContext<TSaga, T>> Insert(TSaga instance)
        {
            await table.InsertAsync(work.Connection, instance, CancellationToken);
            return Of(this, instance);
        }

        public async Task<SagaConsumeContext<TSaga, T>?> Load(Guid correlationId) =>
            await table.LoadAsync(work.Connection, correlationId, CancellationToken) is { } saga ? Of(this, saga) : null;

        public Task Save(SagaConsumeContext<TSaga> context) => table.InsertAsync(work.Connection, context.Saga, CancellationToken);

        public Task Update(SagaConsumeContext<TSaga> context) => table.UpdateAsync(work.Connection, context.Saga, CancellationToken);

        public Task Delete(SagaConsumeContext<TSaga> context) =>
            table.DeleteAsync(work.Connection, context.Saga.CorrelationId, CancellationToken);

        public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

        public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

        public Task<SagaConsumeContext<TSaga, TMessage>> CreateSagaConsumeContext<TMessage>(
            ConsumeContext<TMessage> consumeContext, TSaga instance, SagaConsumeContextMode mode)
            where TMessage : class => Task.FromResult<SagaConsumeContext<TSaga, TMessage>>(Of(consumeContext, instance));

        // The scope makes the transaction the payload of whatever the saga does.
        private DefaultSagaConsumeContext<TSaga, TMessage> Of<TMessage>(ConsumeContext<TMessage> message, TSaga saga) where TMessage : class =>
            new DefaultSagaConsumeContext<TSaga, TMessage>(new ConsumeContextScope<TMessage>(message, work), saga);
    }
}
