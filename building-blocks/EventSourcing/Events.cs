namespace EventSourcing;

/// <summary>
/// An event to append. An id that is already in the log makes the append skip this event, so a fact that can be told
/// twice has an id made of its name (<see cref="FactId"/>).
/// </summary>
public readonly record struct NewEvent(Guid Id, object Data)
{
    /// <summary>An event that is told once, with a fresh id.</summary>
    public static NewEvent Fresh(object data) => new(Guid.CreateVersion7(), data);
}

/// <summary>An event as it stands in the log. <c>Position</c> orders the whole log, <c>Version</c> its stream from 1.</summary>
public sealed record StoredEvent(
    long Position, Guid Id, string StreamId, long Version, object Data, DateTimeOffset Timestamp,
    string? CorrelationId, string? CausationId);

/// <summary>What an append did: how many events were new, and the log's position after the last of them (0 if none was new).</summary>
public readonly record struct AppendResult(int Appended, long Position);

/// <summary>A stream is not at the version the caller decided on: load, decide and append again.</summary>
public sealed class WrongVersionException(string streamId, long expected, long actual)
    : Exception($"Stream {streamId} is at version {actual}, not {expected}.")
{
    /// <summary>The stream in question.</summary>
    public string StreamId { get; } = streamId;
}
