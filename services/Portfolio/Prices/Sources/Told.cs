using System.Globalization;
using System.Text.Json;
using Providers;

namespace Portfolio.Prices.Sources;

/// <summary>Reads what sources tell. Numbers are taken from the text as decimals, so nothing is lost on the way.</summary>
internal static class Told
{
    private const decimal Most = 1_000_000_000_000_000;

    /// <summary>A price above zero and below 10^15; null for anything else.</summary>
    public static decimal? Price(JsonElement told) =>
        told.ValueKind is JsonValueKind.Number && told.TryGetDecimal(out var price) && price is > 0 and < Most ? price : null;

    /// <inheritdoc cref="Price(JsonElement)"/>
    public static decimal? Price(string? told) =>
        decimal.TryParse(told, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price is > 0 and < Most ? price : null;

    /// <summary>Seconds or milliseconds since 1970, as instants of this millennium; null for anything else.</summary>
    public static DateTimeOffset? Time(JsonElement told, bool inMilliseconds = false)
    {
        if (told.ValueKind is not JsonValueKind.Number || !told.TryGetDecimal(out var number)) return null;
        var seconds = inMilliseconds ? number / 1000 : number;
        return seconds is > 946_684_800 and < 32_503_680_000 ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;
    }

    /// <summary>A member of an object; undefined where it is none or has none of that name.</summary>
    public static JsonElement Member(this JsonElement told, string name) =>
        told.ValueKind is JsonValueKind.Object && told.TryGetProperty(name, out var member) ? member : default;

    /// <exception cref="ProviderException">It is no JSON.</exception>
    public static JsonDocument Parse(Body body, string source)
    {
        try
        {
            return JsonDocument.Parse(body.Bytes.ToArray());
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, source, "answered what is no JSON", inner: e);
        }
    }

    /// <exception cref="ProviderException">It is something else.</exception>
    public static JsonElement Object(JsonElement told, string source, string what) => told.ValueKind is JsonValueKind.Object ? told
        : throw new ProviderException(ProviderFailure.BadAnswer, source, $"answered no {what}");
}
