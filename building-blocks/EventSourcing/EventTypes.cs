using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourcing;

/// <summary>
/// The events a service stores: which name stands for which record. Names are Marten's aliases (snake case of the short
/// type name), so a stored name never changes while the record keeps its name.
/// </summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, Type> types;
    private readonly FrozenDictionary<Type, (string Alias, string DotNet)> names;

    private readonly JsonSerializerOptions writing;

    private EventTypes(IReadOnlyList<Type> all, JsonSerializerOptions writing)
    {
        this.writing = writing;
        types = all.ToFrozenDictionary(AliasOf);
        names = all.ToFrozenDictionary(type => type, type => (AliasOf(type), $"{type.FullName}, {type.Assembly.GetName().Name}"));
    }

    /// <summary>JSON as stored: property names as declared in C#, as Marten reads them.</summary>
    public static JsonSerializerOptions Json { get; } = new() { RespectNullableAnnotations = true };

    /// <summary>All sealed records nested in these closed families.</summary>
    public static EventTypes Of(params ReadOnlySpan<Type> families)
    {
        var all = new List<Type>();
        foreach (var family in families)
        {
            all.AddRange(family.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).Where(type => type.IsSubclassOf(family)));
        }

        // Only for such names is it certain that Marten spells the alias the same.
        return all.Find(type => !IsPlain(type.Name)) is { } odd
            ? throw new ArgumentException($"{odd} is not an event's name: letters only, no two capitals in a row.", nameof(families))
            : new EventTypes(all, Json);
    }

    /// <summary>The same events, some values of which are written by a converter that may refuse; then nothing is appended. They are read as before.</summary>
    public EventTypes WrittenWith(JsonConverter converter) => new(types.Values, new JsonSerializerOptions(Json) { Converters = { converter } });

    /// <summary>Every stored name, sorted.</summary>
    public IReadOnlyList<string> Aliases => [.. types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Marten's alias of an event's type: <c>TransactionObserved</c> is <c>transaction_observed</c>.</summary>
    public static string AliasOf(Type type)
    {
        var name = new StringBuilder();
        foreach (var character in type.Name)
        {
            if (char.IsUpper(character) && name.Length > 0) name.Append('_');
            name.Append(char.ToLowerInvariant(character));
        }

        return name.ToString();
    }

    private static bool IsPlain(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetter(name[i]) || (i > 0 && char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterUpper(name[i - 1]))) return false;
        }

        return true;
    }

    internal (string Alias, string DotNet) NameOf(Type type) => names.TryGetValue(type, out var name)
        ? name
        : throw new InvalidOperationException($"{type} is not one of the service's stored events.");

    internal byte[] Write(object @event, Type type) => JsonSerializer.SerializeToUtf8Bytes(@event, type, writing);

    internal object Read(string alias, byte[] json) => types.TryGetValue(alias, out var type)
        ? JsonSerializer.Deserialize(json, type, Json) ?? throw new JsonException($"A stored {alias} is null.")
        : throw new InvalidOperationException($"The log holds a '{alias}', which this version of the service does not know.");
}
