namespace Contracts;

/// <summary>
/// The stretch of a source's log that a contract stands for: everything after <paramref name="After"/> up to and
/// including <paramref name="UpTo"/>. The spans of one source tile its log without gaps, so a consumer that sees a
/// gap knows that it missed something and pulls it from the source's feed.
/// </summary>
public readonly record struct LogSpan(string Source, long After, long UpTo);

/// <summary>A fact, or neighbouring facts of one kind, published by a service to the others. Published from its log only.</summary>
public abstract record Contract
{
    /// <summary>Where in the source's log this stands; set by the publisher and by the feed.</summary>
    public LogSpan Log { get; init; }

    /// <summary>This contract with the neighbouring next one folded in, or null where they stay two messages.</summary>
    public virtual Contract? MergedWith(Contract next) => null;
}
