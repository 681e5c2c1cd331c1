using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>What a sweeper sends to a saga whose time has come; sent to the saga's queue.</summary>
internal sealed record DueMessage<TSaga>(string Queue, Func<Guid, object> For);

/// <summary>
/// Wakes sagas whose time has come, from the rows' due times: nothing is lost with a process or a broker. A saga
/// that is still due after a while is woken again, so it must take the message as a hint and look at its own due time.
/// </summary>
internal sealed class DueSweeper<TSaga>(
    NpgsqlDataSource dataSource, SagaTable<TSaga> table, DueMessage<TSaga> message, IBusControl bus, DueSignal signal,
    IOptions<MessagingOptions> options, ILogger<DueSweeper<TSaga>> log) : BackgroundService
    where TSaga : class, IStoredSaga, new()
{
    private const int Batch = 200;
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var wake = signal.Next;
                // Without a broker the rows just stay due.
                await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
                if (await SweepAsync(stoppingToken) == Batch) continue;
                await DueSignal.WaitAsync(wake, options.Value.SweepEvery, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogWarning("Due rows of {Table} wait until this passes: {Reason}", table.Table, e.Message);
                await Task.Delay(options.Value.SweepEvery, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> SweepAsync(CancellationToken ct)
    {
        var due = await TakeAsync(ct);
        if (due.Count == 0) return 0;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(SendWithin);
        var endpoint = await bus.GetSendEndpoint(Queues.Address(message.Queue));
        await Task.WhenAll(due.Select(id => endpoint.Send(message.For(id), limit.Token)));
        MessagingMetrics.Woken.Add(due.Count, MessagingMetrics.Tag("saga", table.Table));
        return due.Count;
    }

    private Task<List<Guid>> TakeAsync(CancellationToken ct) =>
        dataSource.QueryAsync<Guid>($"""
            update {table.Table} set woken_at = now()
            where correlation_id in (
                select correlation_id from {table.Table}
                where due_at <= now() and (woken_at is null or woken_at <= now() - @Patience)
                order by due_at limit {Batch} for update skip locked)
            returning correlation_id
            """, new { Patience = options.Value.WakeAgainAfter }, ct);
}
