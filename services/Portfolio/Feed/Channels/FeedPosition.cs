using System.Globalization;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>
/// A place in a user's feed, written <c>epoch:seq</c>: the message after which it is. An epoch ends when the log is restored from a
/// backup; 0 before the first time.
/// </summary>
internal sealed record FeedPosition(long Epoch, long Seq)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static FeedPosition? Parse(string? text) =>
        text?.Split(':') is [var epoch, var seq] && Number(epoch) is { } first && Number(seq) is { } second ? new(first, second) : null;

    /// <summary>The same, of what is asked for at that place of a request.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static FeedPosition? Read(string? text, string pointer) => text is null
        ? null
        : Parse(text) ?? throw new DomainException("invalid-parameter", "A position is as messages have it, such as 0:1290.", pointer);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Seq}");

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
