using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway;

/// <summary>
/// Merges OpenAPI documents into one: equal paths share an entry, equal schemas a name, different schemas of one name
/// get their service's in front.
/// </summary>
internal sealed partial class DescriptionMerge(string serverUrl)
{
    private const string SchemaRef = "#/components/schemas/";
    private static readonly string[] Schemes = ["bearer", "header", "session"];
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    private readonly SortedDictionary<string, JsonObject> paths = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, JsonNode> schemas = new(StringComparer.Ordinal);

    public void Add(string service, JsonObject document, Func<string, string, bool> isPublic)
    {
        AddSchemas(service, document);
        foreach (var (path, item) in document["paths"]?.AsObject().ToArray() ?? [])
            foreach (var method in Methods)
                if (item?[method] is JsonObject operation && isPublic(path, method))
                    AddOperation(path, method, operation.DeepClone().AsObject());
    }

    public JsonObject Finish() => new()
    {
        ["openapi"] = "3.1.1",
        ["info"] = new JsonObject
        {
            ["title"] = "Wallet tracker",
            ["version"] = "v1",
            ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            ["description"] = "Wallets of many addresses on many chains: what they hold, what happened, and whether it can be trusted. Amounts " +
                "are integers in base units, written as strings. Every failure is an application/problem+json; /problems lists them. Only what " +
                "is no readable request of HTTP, or one with a line or headers too long to be read (414, 431), is refused without a body.",
        },
        ["servers"] = new JsonArray(new JsonObject { ["url"] = serverUrl }),
        ["security"] = new JsonArray([.. Schemes.Select(scheme => new JsonObject { [scheme] = new JsonArray() })]),
        ["tags"] = new JsonArray([.. paths.Keys.Select(Resource).Distinct().Order(StringComparer.Ordinal)
            .Select(tag => new JsonObject { ["name"] = tag, ["description"] = DescriptionTags.Of(tag) })]),
        ["paths"] = new JsonObject(paths.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["components"] = new JsonObject
        {
            ["schemas"] = new JsonObject(schemas.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["securitySchemes"] = new JsonObject
            {
                ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key, wt_…, as bearer token." },
                ["header"] = new JsonObject
                {
                    ["type"] = "apiKey",
                    ["in"] = "header",
                    ["name"] = "X-Api-Key",
                    ["description"] = "The same key in a header of its own.",
                },
                ["session"] = new JsonObject
                {
                    ["type"] = "apiKey",
                    ["in"] = "cookie",
                    ["name"] = SessionCookie.Name,
                    ["description"] = $"What POST /api/v1/session sets. Whatever is not a GET carries `{OwnPage.Header}: 1` beside it.",
                },
            },
        },
    };

    private void AddSchemas(string service, JsonObject document)
    {
        if (document["components"]?["schemas"] is not JsonObject own)
            return;
        var renamed = own
            .Where(pair => schemas.TryGetValue(pair.Key, out var present) && !JsonNode.DeepEquals(present, pair.Value))
            .ToDictionary(pair => SchemaRef + pair.Key, pair => $"{SchemaRef}{char.ToUpperInvariant(service[0])}{service[1..]}{pair.Key}");
        if (renamed.Count > 0)
            Rename(document, renamed);
        foreach (var (_, schema) in own)
            Lift(schema);
        foreach (var (name, schema) in own)
            schemas[(renamed.GetValueOrDefault(SchemaRef + name) ?? SchemaRef + name)[SchemaRef.Length..]] = schema!.DeepClone();
    }

    private static void Rename(JsonNode? node, Dictionary<string, string> renamed)
    {
        if (node is JsonArray array)
            foreach (var item in array)
                Rename(item, renamed);
        if (node is not JsonObject @object)
            return;
        if (@object["$ref"] is JsonValue reference && renamed.TryGetValue(reference.GetValue<string>(), out var name))
            @object["$ref"] = name;
        foreach (var (_, member) in @object)
            Rename(member, renamed);
    }

    // What is said of a member that may be null would stand inside one of its choices, where no reader shows it.
    private static void Lift(JsonNode? schema)
    {
        foreach (var (_, member) in schema?["properties"]?.AsObject() ?? [])
            if (member is JsonObject described && described["description"] is null
                && described["oneOf"]?.AsArray().OfType<JsonObject>().FirstOrDefault(choice => choice["description"] is not null) is { } choice)
            {
                described["description"] = choice["description"]!.DeepClone();
                choice.Remove("description");
            }
    }

    private void AddOperation(string path, string method, JsonObject operation)
    {
        operation["tags"] = new JsonArray(Resource(path));
        if (path.StartsWith("/api/v1/health", StringComparison.Ordinal) || (path, method) == ("/api/v1/session", "post"))
            operation["security"] = new JsonArray();

        // Two services may call one parameter differently; in one document it has one name everywhere.
        var named = PlainId().Replace(path, "/${one}${end}/{${one}Id}");
        var shape = Parameter().Replace(path, "{}");
        var shared = paths.Keys.FirstOrDefault(known => Parameter().Replace(known, "{}") == shape) ?? named;
        foreach (var (own, common) in Parameter().Matches(path).Zip(Parameter().Matches(shared)))
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                if (parameter?["in"]?.GetValue<string>() == "path" && parameter["name"]?.GetValue<string>() == own.Groups[1].Value)
                    parameter["name"] = common.Groups[1].Value;

        if (!paths.TryGetValue(shared, out var item))
            paths[shared] = item = [];
        // Some endpoints have a name of their own; in the document all begin alike.
        operation["operationId"] = operation["operationId"]?.GetValue<string>() is { Length: > 0 } given
            ? char.ToLowerInvariant(given[0]) + given[1..]
            : OperationId(method, shared);
        item[method] = operation;
    }

    // "get /api/v1/wallets/{walletId}/sync" as "getWalletsByWalletIdSync".
    private static string OperationId(string method, string path) => method + string.Concat(path
        .Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Skip(2)
        .SelectMany(segment => segment.StartsWith('{') ? ["by", segment.Trim('{', '}')] : segment.Split('-', '.'))
        .Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Resource(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["api", _, var resource, ..] ? resource : "gateway";

    [GeneratedRegex(@"\{([^}:]+)[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"/(?<one>[a-z]+?)(?<end>(?<=ss)es|s)/\{id\}")]
    private static partial Regex PlainId();
}
