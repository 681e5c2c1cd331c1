using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Chains;

namespace Portfolio.Feed.Channels;

/// <summary>JSON schemas of what is sent and received, made of the very records, with what their attributes say of them.</summary>
internal static class MessageSchemas
{
    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };

    /// <summary>The schema of a type as these options write it.</summary>
    public static JsonObject Of(Type type, JsonSerializerOptions options)
    {
        var schema = options.GetJsonSchemaAsNode(type, Exporter);
        var whole = (JsonObject)Inlined(schema, schema);
        // The type at hand is there; null is for members.
        if (whole["type"] is JsonArray) whole["type"] = "object";
        return whole;
    }

    private static JsonObject Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        var schema = node as JsonObject ?? [];
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var member = context.PropertyInfo?.AttributeProvider;
        if (type == typeof(Amount))
        {
            schema["type"] = "string";
            schema["pattern"] = $"^-?[0-9]{{1,{Amount.MaxDigits}}}$";
        }

        if (context.TypeInfo.Kind is JsonTypeInfoKind.Object && schema.ContainsKey("properties"))
        {
            // What is not left out on purpose is always there.
            schema["required"] = new JsonArray([.. context.TypeInfo.Properties
                .Where(property => Attribute<JsonIgnoreAttribute>(property.AttributeProvider) is null).Select(property => (JsonNode)property.Name)]);
        }

        if (Attribute<AllowedValuesAttribute>(member) is { } words)
            schema["enum"] = new JsonArray([.. words.Values.Select(word => JsonValue.Create((string)word!))]);
        var description = Attribute<DescriptionAttribute>(member)?.Description ?? type.GetCustomAttribute<DescriptionAttribute>()?.Description;
        if (description is not null) schema["description"] = description;
        return schema;
    }

    // A type that comes again is written as a reference into the schema of which it is a part.
    private static JsonNode Inlined(JsonNode node, JsonNode root)
    {
        if (node is JsonArray array) return new JsonArray([.. array.Select(each => each is null ? null : Inlined(each, root))]);
        if (node is not JsonObject schema) return node.DeepClone();

        var made = new JsonObject();
        if (schema["$ref"]?.GetValue<string>() is ['#', .. var pointer])
        {
            var target = pointer.Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate(root, (at, step) => step.All(char.IsAsciiDigit) && at is JsonArray ? at[int.Parse(step)]! : at[step]!);
            foreach (var (name, value) in Inlined(target, root).AsObject().ToList()) made[name] = value?.DeepClone();
        }

        foreach (var (name, value) in schema)
            if (name != "$ref") made[name] = value is null ? null : Inlined(value, root);
        return made;
    }

    private static T? Attribute<T>(ICustomAttributeProvider? member) where T : Attribute =>
        member?.GetCustomAttributes(typeof(T), true).OfType<T>().FirstOrDefault();
}
