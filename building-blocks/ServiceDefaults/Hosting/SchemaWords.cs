using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ServiceDefaults;

/// <summary>
/// Puts into a schema what attributes say of it and the generator does not take up: a type's description, the words that a
/// member can be, a parameter's bounds and the forms of a time.
/// </summary>
internal static class SchemaWords
{
    public static void Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        if (context.JsonPropertyInfo is null && context.ParameterDescription is null
            && context.JsonTypeInfo.Type.GetCustomAttribute<DescriptionAttribute>() is { } described)
        {
            schema.Description ??= described.Description;
        }

        // What is left out where it is null is never null.
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), true) is [JsonIgnoreAttribute
            {
                Condition: JsonIgnoreCondition.WhenWritingNull,
            }])
            schema.Type &= ~JsonSchemaType.Null;
        if (Parameter<RangeAttribute>(context) is { } range)
        {
            schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
            schema.Maximum = Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
        }

        if (Parameter<InstantOrDayAttribute>(context) is not null)
            schema.AnyOf = [OfFormat("date-time"), OfFormat("date")];
        if (WordsOf(context) is not { } words) return;
        if (schema.Items is OpenApiSchema each) each.Enum = Enum(words, nullable: false);
        else schema.Enum = Enum(words, schema.Type?.HasFlag(JsonSchemaType.Null) == true);
    }

    private static List<JsonNode> Enum(AllowedValuesAttribute words, bool nullable)
    {
        List<JsonNode> all = [.. words.Values.Select(word => (JsonNode)JsonValue.Create((string)word!))];
        if (nullable) all.Add(JsonNullSentinel.JsonNull);
        return all;
    }

    private static AllowedValuesAttribute? WordsOf(OpenApiSchemaTransformerContext context) =>
        context.JsonPropertyInfo is { AttributeProvider: { } member }
            ? member.GetCustomAttributes(typeof(AllowedValuesAttribute), true).OfType<AllowedValuesAttribute>().FirstOrDefault()
        : Parameter<AllowedValuesAttribute>(context);

    private static OpenApiSchema OfFormat(string format) => new() { Type = JsonSchemaType.String, Format = format };

    private static T? Parameter<T>(OpenApiSchemaTransformerContext context) where T : Attribute =>
        context.ParameterDescription?.ParameterDescriptor is IParameterInfoParameterDescriptor { ParameterInfo: { } parameter }
            ? parameter.GetCustomAttribute<T>()
            : null;
}
