using System.Net.Sockets;
using EventSourcing;
using MassTransit;
using Npgsql;
using RabbitMQ.Client.Exceptions;

namespace Messaging;

/// <summary>Which failures pass by themselves, so that waiting helps and giving up would lose something.</summary>
public static class Transient
{
    /// <summary>Whether it, or what it was made of, passes.</summary>
    public static bool Is(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AggregateException many && many.InnerExceptions.Any(Is)) return true;

            // A request's own time-out surfaces as a cancellation; one that is asked for ends the wait by its token anyway.
            var passes = e switch
            {
                // While another server becomes the primary, the former one is only read from.
                PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction,
                NpgsqlException or TimeoutException or SocketException or IOException or OperationCanceledException => true,
                HttpRequestException http => http.StatusCode is null or >= System.Net.HttpStatusCode.InternalServerError
                    or System.Net.HttpStatusCode.TooManyRequests or System.Net.HttpStatusCode.Unauthorized,
                ConnectionException or TransportException or BrokerUnreachableException or AlreadyClosedException
                    or OperationInterruptedException or RabbitMQ.Client.Exceptions.PublishException or TransportUnavailableException => true,
                // The queue that a command is for does not exist yet.
                MessageReturnedException => true,
                _ => false,
            };
            if (passes) return true;
        }

        return false;
    }

    /// <summary>Two did the same at once; the later one goes again on what the earlier one left.</summary>
    public static bool IsRace(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is WrongVersionException or SagaRaceException) return true;
        }

        return false;
    }
}

/// <summary>Another message of the same saga created its row first.</summary>
internal sealed class SagaRaceException(string table, Guid id) : Exception($"{table} {id} was created by another message at the same time.");
