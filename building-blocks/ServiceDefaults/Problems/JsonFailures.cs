using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ServiceDefaults;

/// <summary>Says where a JSON body is wrong, by JSON pointer, without the names of our types.</summary>
internal static partial class JsonFailures
{
    public static Failure From(JsonException exception)
    {
        // The serializer wraps the reader's own exception when the text itself is broken.
        if (exception.InnerException is JsonException || exception.Path is null)
        {
            var place = exception.LineNumber is { } line ? $" at line {line + 1}, byte {exception.BytePositionInLine + 1}" : "";
            return new(Problems.Get("malformed-json"), $"The body is not well-formed JSON{place}.", [], null);
        }

        var at = Pointer(exception.Path);
        IReadOnlyList<FieldError> errors = exception.Message switch
        {
            var text when text.Contains("missing required properties", StringComparison.Ordinal) =>
                [.. Names(text).Select(name => new FieldError($"{at}/{Escape(name)}", "required", $"'{name}' is required."))],
            var text when text.Contains("could not be mapped", StringComparison.Ordinal) =>
                [new(at, "unknown-member", "This member is not known here.")],
            var text when text.StartsWith("Duplicate property", StringComparison.Ordinal) =>
                [new(at, "duplicate-member", "This member occurs more than once.")],
            var text when text.Contains("allow null values", StringComparison.Ordinal)
                || text.Contains("setting null values", StringComparison.Ordinal) =>
                [new(NullPlace(at, text), "null-value", "This must not be null.")],
            _ => [new(at, "wrong-kind", "This value is of the wrong kind.")],
        };
        return new(Problems.Get("invalid-body"), errors is [var only] ? $"{Place(only.Pointer)}: {only.Detail}" : null, errors, null);
    }

    /// <summary>"$.addresses[0].network" as "/addresses/0/network".</summary>
    internal static string Pointer(string path)
    {
        var pointer = new StringBuilder();
        foreach (Match step in Step().Matches(path))
            pointer.Append('/').Append(Escape(
                step.Groups["name"] is { Success: true } name ? name.Value
                : step.Groups["quoted"] is { Success: true } quoted ? quoted.Value.Replace(@"\'", "'", StringComparison.Ordinal)
                : step.Groups["index"].Value));
        return pointer.ToString();
    }

    private static string Place(string pointer) => pointer.Length == 0 ? "The body" : pointer;

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static IEnumerable<string> Names(string message) =>
        Quoted().Matches(message[message.IndexOf("including", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);

    // For constructor parameters the path stops at the object; the message has the name.
    private static string NullPlace(string at, string message) =>
        Quoted().Match(message) is { Success: true } match && !at.EndsWith('/' + match.Groups[1].Value, StringComparison.OrdinalIgnoreCase)
            ? $"{at}/{Escape(JsonNamingPolicy.CamelCase.ConvertName(match.Groups[1].Value))}"
            : at;

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<quoted>(?:[^'\\]|\\.)*)'\]|\[(?<index>\d+)\]")]
    private static partial Regex Step();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
