using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ServiceDefaults;

/// <summary>JSON as the API speaks it: camelCase, enums as camelCase words, numbers never read from strings.</summary>
public static class ApiJson
{
    /// <summary>
    /// For reading another service's answers and writing our own: unknown members are ignored, so services can be
    /// upgraded one by one.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>
    /// Strict as request bodies are read: unknown, duplicate, missing and null members are refused. A nullable member,
    /// or one with a default, may be left out.
    /// </summary>
    internal static void Strict(JsonSerializerOptions options)
    {
        Common(options);
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = 32;
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Common(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static void Common(JsonSerializerOptions options)
    {
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RequireWhatHasNoDefault);
    }

    // The built-in switch would also require nullable members, which a client may well leave out.
    private static void RequireWhatHasNoDefault(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
            if (property is { Set: not null, AssociatedParameter: { HasDefaultValue: false, IsNullable: false } })
                property.IsRequired = true;
    }
}
