using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace ServiceDefaults;

/// <summary>The OpenAPI 3.1 document of one service at <c>/openapi/v1.json</c>; the gateway merges them into the public one.</summary>
public static class ApiDescription
{
    private const string ProblemSchema = "Problem";
    private static readonly string[] Everywhere =
    [
        "unauthorized", "key-revoked", "key-expired", "user-disabled", "rate-limited", "too-many-failed-keys", "internal", "bad-gateway",
        "upstream-unavailable", "clocks-differ", "database-unavailable", "timeout",
    ];

    private static readonly string[] OfBodies = ["malformed-json", "invalid-body", "body-too-large", "unsupported-media-type"];

    /// <summary>Declares the problems an endpoint answers with, beside those that any can.</summary>
    public static TBuilder WithProblems<TBuilder>(this TBuilder endpoint, params string[] codes) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new DeclaredProblems([.. codes.Select(Problems.Get)]));

    /// <summary>Shows what a request's body may look like.</summary>
    public static TBuilder WithExample<TBuilder>(this TBuilder endpoint, object body) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new BodyExample(body));

    /// <summary>The answer is of the moment, as a stream or a secret is: it has no tag, and is not kept to be given again.</summary>
    public static TBuilder AsFleeting<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Fleeting.Instance);

    internal static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is { } id
                ? SchemaNames.Of(type.Type, id)
                : null;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Components ??= new OpenApiComponents();
                document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
                document.Components.Schemas[ProblemSchema] = Schema();
                return Task.CompletedTask;
            });
            options.AddSchemaTransformer((schema, context, _) =>
            {
                // A value with a converter of its own (an amount, an enum's word) is a string in our JSON; the generator cannot know.
                if (schema.Type is null && context.JsonTypeInfo is { Kind: JsonTypeInfoKind.None, Type: { IsValueType: true } type }
                    && type != typeof(JsonElement))
                    schema.Type = JsonSchemaType.String;
                // So is a text that is read with care.
                if (schema.Type is null && context.JsonPropertyInfo is { CustomConverter: not null } read && read.PropertyType == typeof(string))
                    schema.Type = JsonSchemaType.String;
                SchemaWords.Describe(schema, context);
                // Request bodies are closed; an answer may gain members without breaking anyone.
                if (context.ParameterDescription is null)
                    schema.AdditionalPropertiesAllowed = true;
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                Describe(operation, context);
                return Task.CompletedTask;
            });
        });

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var declared = metadata.OfType<DeclaredProblems>().SelectMany(each => each.Problems);
        var ofBody = operation.RequestBody is null ? [] : OfBodies.Select(Problems.Get);
        if (operation.RequestBody?.Content?.Values.FirstOrDefault() is OpenApiMediaType media
            && metadata.OfType<BodyExample>().FirstOrDefault() is { } example)
            media.Example = JsonSerializer.SerializeToNode(example.Body, ApiJson.Options);
        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            Answer(operation, context, [.. declared, Problems.Get("invalid-parameter"), Problems.Get("internal"), .. ofBody]);
            return;
        }

        var scopes = metadata.OfType<Access.RequiredScope>().Select(required => required.Scope).ToArray();
        if (scopes.Length > 0)
            operation.Description = $"{operation.Description} Needs the scope {string.Join(", ", scopes.Select(scope => $"`{scope}`"))}.".TrimStart();

        var method = context.Description.HttpMethod;
        var obeysIfMatch = metadata.OfType<IfMatch.Obeyed>().Any();
        var isFleeting = metadata.OfType<Fleeting>().Any();
        ConventionDescriptions.Describe(operation, method, obeysIfMatch, metadata.OfType<ConditionalRequests.Tagged>().Any(), isFleeting);
        var problems = declared
            .Concat(Everywhere.Concat(ConventionDescriptions.ProblemsOf(method, obeysIfMatch, isFleeting)).Select(Problems.Get));
        // An id of the wrong form is no place at all.
        if (context.Description.RelativePath!.Contains('{', StringComparison.Ordinal))
            problems = problems.Append(Problems.Get("not-found"));
        // Whoever has a share's token may do nothing but look at it.
        Answer(operation, context, problems.Append(Problems.Get("forbidden")).Concat(ofBody));
    }

    private static void Answer(OpenApiOperation operation, OpenApiOperationTransformerContext context, IEnumerable<Problem> problems)
    {
        operation.Responses ??= [];
        foreach (var group in problems.Distinct().GroupBy(problem => problem.Status).OrderBy(group => group.Key))
            operation.Responses[group.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(" ", group.Select(problem => $"`{problem.Code}`: {problem.Explanation}")),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ProblemResponse.ContentType] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, context.Document) },
                },
            };
    }

    private static OpenApiSchema Schema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A failure, as RFC 9457 describes it.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "instance" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("The page that explains this kind of failure.", Problems.Get("wallet-not-found").Type),
            ["title"] = Text("Its short name."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
            ["detail"] = Text("What is wrong in this case."),
            ["instance"] = Text("The trace id, to quote when reporting it."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "Each place that is wrong: a JSON pointer into the body, or ?name of a query parameter.",
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["pointer"] = Text("Where."),
                        ["code"] = Text("What, for programs."),
                        ["detail"] = Text("What, for people."),
                    },
                },
            },
            ["retryAfterSeconds"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "When it is worth trying again." },
        },
    };

    private static OpenApiSchema Text(string description, string? example = null) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        Examples = example is null ? null : [JsonValue.Create(example)],
    };

    private sealed class Fleeting
    {
        public static readonly Fleeting Instance = new();
    }

    private sealed record BodyExample(object Body);

    private sealed record DeclaredProblems(IReadOnlyList<Problem> Problems);
}
