using System.Collections.Frozen;
using System.ComponentModel;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventSourcing;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>The kinds of messages there are: what each is called, which address it is about, and how its part of the envelope is written.</summary>
internal static class FeedTypes
{
    private static readonly FrozenDictionary<Type, FeedType> ByType = typeof(FeedMessage)
        .GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)
        .Where(type => type.IsSubclassOf(typeof(FeedMessage)) && !type.IsAbstract)
        .Select(type => new FeedType(type, EventTypes.AliasOf(type), type.GetProperty("Address")))
        .ToFrozenDictionary(kind => kind.Type);

    /// <summary>JSON of a message as clients get it: camelCase, without what the envelope says already, and never of one that is redacted.</summary>
    public static JsonSerializerOptions Json { get; } = CreateJson();

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<FeedType> All { get; } = [.. ByType.Values.OrderBy(kind => kind.Name, StringComparer.Ordinal)];

    /// <summary>Every name there is.</summary>
    public static FrozenSet<string> Names { get; } = All.Select(kind => kind.Name).ToFrozenSet();

    public static FeedType Of(FeedMessage message) => ByType[message.GetType()];

    private static bool IsSaidAlready(MemberInfo? member) =>
        member is { Name: nameof(FeedMessage.WalletId) or nameof(FeedMessage.OccurredAt) or nameof(FeedMessage.Redacted) };

    private static JsonSerializerOptions CreateJson()
    {
        // No page shows it as it stands, so a plus and an umlaut may be themselves.
        var options = new JsonSerializerOptions(ApiJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(type =>
        {
            if (!type.Type.IsAssignableTo(typeof(FeedMessage))) return;
            foreach (var said in type.Properties.Where(property => IsSaidAlready(property.AttributeProvider as MemberInfo)).ToList())
                type.Properties.Remove(said);
        });
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>One kind of message, by the name that its envelopes have.</summary>
internal sealed record FeedType(Type Type, string Name, PropertyInfo? Address)
{
    /// <summary>What it says, in a sentence or two.</summary>
    public string? Description => Type.GetCustomAttribute<DescriptionAttribute>()?.Description;
}
