using System.Buffers.Text;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace ServiceDefaults;

/// <summary>
/// One page of a list. <paramref name="HasMore"/> says whether anything follows; <paramref name="Next"/> and
/// <paramref name="Prev"/> are cursors for the pages behind and before, null where there is none.
/// </summary>
public sealed record Page<T>(
    [property: Description(PageTexts.Data)] IReadOnlyList<T> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next = null,
    [property: Description(PageTexts.Prev)] string? Prev = null);

/// <summary>What the members of every page mean, also of one that holds more than a list.</summary>
public static class PageTexts
{
    public const string Data = "The page's entries.";
    public const string HasMore = "Whether anything follows.";
    public const string Next = "The `cursor` of the page behind; null where there is none.";
    public const string Prev = "The `cursor` of the page before; null where there is none.";
}

/// <summary>The query parameters of every list: bind it with <c>[AsParameters]</c>.</summary>
public readonly record struct PageRequest(
    [property: FromQuery(Name = "limit"), Range(1, PageRequest.MaxLimit),
        Description("How many entries a page holds, from 1 to 200; 50 when left out.")] int? Limit = null,
    [property: FromQuery(Name = "cursor"), Description("The `next` or `prev` of an earlier page of this list with the same filters.")]
    string? Cursor = null)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    /// <summary>
    /// The place in a list that is asked for. The cursor must have been issued for the same list and the same filters;
    /// name among them what the caller's identity narrows the list to.
    /// </summary>
    /// <exception cref="DomainException"><c>limit-out-of-range</c> or <c>cursor-invalid</c>.</exception>
    public PagePlace In(string list, params ReadOnlySpan<string?> filters)
    {
        var limit = Limit ?? DefaultLimit;
        if (limit is < 1 or > MaxLimit)
            throw new DomainException("limit-out-of-range", $"The limit is from 1 to {MaxLimit}, not {limit}.", "?limit");
        return PagePlace.Read(JsonSerializer.SerializeToUtf8Bytes<string?[]>([list, .. filters]), limit, Cursor);
    }
}

/// <summary>
/// Where a page begins and which way it goes. Select <see cref="Fetch"/> rows beyond the key in the order of reading
/// (reversed when <see cref="Backward"/>), and let <see cref="PageOf"/> make the answer of them.
/// </summary>
public sealed class PagePlace
{
    private const int ChecksumLength = 8;
    private const int MaxCursorLength = 1024;
    private const byte Forwards = (byte)'n';
    private const byte Backwards = (byte)'p';

    private readonly byte[] list;
    private readonly int limit;
    private readonly string[]? key;

    private PagePlace(byte[] list, int limit, string[]? key, bool backward) =>
        (this.list, this.limit, this.key, Backward) = (list, limit, key, backward);

    /// <summary>Whether the rows before the key are wanted instead of those behind it.</summary>
    public bool Backward { get; }

    /// <summary>Whether the list is read from its beginning, without a key.</summary>
    public bool IsStart => key is null;

    /// <summary>How many rows to select: one more than the page holds, to know whether anything follows.</summary>
    public int Fetch => limit + 1;

    /// <summary>A part of the key at which the last page ended.</summary>
    /// <exception cref="DomainException"><c>cursor-invalid</c>: the cursor has no such part.</exception>
    public T Key<T>(int part) where T : IParsable<T> =>
        key is { } parts && part < parts.Length && StorableText.Is(parts[part])
            && T.TryParse(parts[part], CultureInfo.InvariantCulture, out var value)
            // The database takes instants in UTC only.
            ? value is DateTimeOffset instant ? (T)(object)instant.ToUniversalTime() : value
            : throw Invalid();

    /// <summary>The answer made of the rows selected, in their order of reading; a row's key is what orders the list.</summary>
    public Page<T> PageOf<T>(IReadOnlyList<T> rows, Func<T, string[]> keyOf)
    {
        var more = rows.Count > limit;
        var data = rows.Take(limit).ToList();
        if (Backward) data.Reverse();
        if (data.Count == 0) return new([], false);

        var follows = Backward || more;
        var precedes = Backward ? more : !IsStart;
        return new(
            data, follows,
            follows ? Write(Forwards, keyOf(data[^1])) : null,
            precedes ? Write(Backwards, keyOf(data[0])) : null);
    }

    internal static PagePlace Read(byte[] list, int limit, string? cursor)
    {
        if (cursor is null) return new(list, limit, null, backward: false);
        if (cursor.Length is 0 or > MaxCursorLength || !Base64Url.IsValid(cursor)) throw Invalid();

        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length <= ChecksumLength || bytes[ChecksumLength] is not (Forwards or Backwards)) throw Invalid();
        var body = bytes[ChecksumLength..];
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        Sum(list, body, checksum);
        if (!checksum.SequenceEqual(bytes[..ChecksumLength])) throw Invalid();

        try
        {
            return new(list, limit, JsonSerializer.Deserialize<string[]>(body[1..]) ?? throw Invalid(), body[0] == Backwards);
        }
        catch (JsonException)
        {
            throw Invalid();
        }
    }

    private string Write(byte direction, string[] parts)
    {
        byte[] body = [direction, .. JsonSerializer.SerializeToUtf8Bytes(parts)];
        var bytes = new byte[ChecksumLength + body.Length];
        Sum(list, body, bytes.AsSpan(0, ChecksumLength));
        body.CopyTo(bytes.AsSpan(ChecksumLength));
        return Base64Url.EncodeToString(bytes);
    }

    // Not a secret: a forged cursor only begins elsewhere in the caller's own list. It binds the cursor to its list and
    // tells a mangled one from a good one.
    private static void Sum(byte[] list, ReadOnlySpan<byte> body, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. list, .. body], hash);
        hash[..ChecksumLength].CopyTo(checksum);
    }

    private static DomainException Invalid() =>
        new("cursor-invalid", "The cursor was not issued for this list with these filters.", "?cursor");
}
