using System.Text.Json.Nodes;

namespace Services.Gateway;

/// <summary>What in a newer OpenAPI document would break a client of an older one, each named in a line of its own.</summary>
internal sealed class BreakingChanges
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    private readonly JsonNode old;
    private readonly JsonNode next;
    private readonly SortedSet<string> found = new(StringComparer.Ordinal);
    private readonly HashSet<string> compared = [];

    private BreakingChanges(JsonNode old, JsonNode next) => (this.old, this.next) = (old, next);

    public static IReadOnlyCollection<string> Between(JsonNode old, JsonNode next)
    {
        var changes = new BreakingChanges(old, next);
        foreach (var (path, item) in old["paths"]!.AsObject())
            foreach (var method in Methods)
                if (item![method] is { } operation)
                    changes.Operation($"{method.ToUpperInvariant()} {path}", operation, next["paths"]![path]?[method]);
        return changes.found;
    }

    private void Operation(string name, JsonNode before, JsonNode? after)
    {
        if (after is null)
        {
            found.Add($"removed operation: {name}");
            return;
        }

        var (parameters, newer) = (Parameters(before), Parameters(after));
        foreach (var (place, parameter) in parameters)
        {
            if (!newer.TryGetValue(place, out var now)) found.Add($"removed parameter: {name} {place}");
            else Schema($"{name} {place}", parameter["schema"], now["schema"], isRequest: true);
        }
        foreach (var (place, parameter) in newer)
            if (IsTrue(parameter["required"]) && !(parameters.TryGetValue(place, out var was) && IsTrue(was["required"])))
                found.Add($"new required parameter: {name} {place}");

        if (IsTrue(after["requestBody"]?["required"]) && !IsTrue(before["requestBody"]?["required"])) found.Add($"new required body: {name}");
        Content($"{name} request", before["requestBody"], after["requestBody"], isRequest: true);

        foreach (var (status, response) in before["responses"]!.AsObject())
        {
            // To fail in fewer ways breaks nobody.
            if (status[0] is not ('2' or '3')) continue;
            if (after["responses"]?[status] is { } same) Content($"{name} {status}", response, same, isRequest: false);
            else found.Add($"removed response: {name} {status}");
        }
    }

    private void Content(string name, JsonNode? before, JsonNode? after, bool isRequest)
    {
        foreach (var (type, media) in before?["content"]?.AsObject() ?? [])
        {
            if (after?["content"]?[type] is { } same) Schema(name, media?["schema"], same["schema"], isRequest);
            else found.Add($"removed content: {name} {type}");
        }
    }

    private void Schema(string name, JsonNode? before, JsonNode? after, bool isRequest)
    {
        (before, after) = (Resolve(old, before), Resolve(next, after));
        if (before is null || after is null || ReferenceEquals(before, after)) return;
        // A schema may hold itself; and where the same two were compared on another way, their names say enough.
        if (!compared.Add($"{isRequest} {before.GetPath()} {after.GetPath()}")) return;

        var (types, newer) = (Words(before["type"]), Words(after["type"]));
        if (types.Count > 0 && newer.Count > 0 && !(isRequest ? types.IsSubsetOf(newer) : newer.IsSubsetOf(types)))
            found.Add($"narrowed type: {name} from {string.Join("|", types)} to {string.Join("|", newer)}");
        // Whoever sends the old form sends one of any form.
        if (before["format"]?.ToString() != after["format"]?.ToString() && !(isRequest && after["format"] is null))
            found.Add($"changed format: {name} from {before["format"]} to {after["format"]}");
        foreach (var word in Words(before["enum"]).Except(Words(after["enum"])))
            if (after["enum"] is not null) found.Add($"removed enum word: {name} {word}");
        if (isRequest)
        {
            if (before["enum"] is null && after["enum"] is not null) found.Add($"narrowed type: {name} to an enum");
            foreach (var (bound, sign) in new[] { ("maximum", -1), ("maxLength", -1), ("maxItems", -1), ("minimum", 1), ("minLength", 1),
                ("minItems", 1) })
                if (Number(after[bound]) is { } now && (Number(before[bound]) is not { } was || now.CompareTo(was) == sign))
                    found.Add($"narrowed type: {name} has {bound} {now}");
        }

        var (required, requiredNow) = (Words(before["required"]), Words(after["required"]));
        if (isRequest)
            foreach (var member in requiredNow.Except(required)) found.Add($"new required request member: {name} {member}");
        foreach (var (member, schema) in before["properties"]?.AsObject() ?? [])
        {
            if (after["properties"]?[member] is not { } same)
            {
                found.Add($"removed {(isRequest ? "request" : "response")} member: {name} {member}");
                continue;
            }
            if (!isRequest && required.Contains(member) && !requiredNow.Contains(member))
                found.Add($"response member no longer always there: {name} {member}");
            Schema($"{name} {member}", schema, same, isRequest);
        }
        Schema($"{name}[]", before["items"], after["items"], isRequest);
        foreach (var choice in new[] { "oneOf", "anyOf", "allOf" })
        {
            var (choices, choicesNow) = (before[choice]?.AsArray() ?? [], after[choice]?.AsArray() ?? []);
            if (choices.Count != choicesNow.Count) found.Add($"changed {choice}: {name}");
            foreach (var (one, other) in choices.Zip(choicesNow)) Schema(name, one, other, isRequest);
        }
    }

    private static JsonNode? Resolve(JsonNode document, JsonNode? schema)
    {
        while (schema?["$ref"]?.GetValue<string>() is { } reference)
            schema = reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, step) => node?[step]);
        return schema;
    }

    private static Dictionary<string, JsonNode> Parameters(JsonNode operation) => (operation["parameters"]?.AsArray() ?? [])
        // A path parameter is known by its place: its name is in no request.
        .Where(parameter => parameter!["in"]!.GetValue<string>() != "path")
        .ToDictionary(parameter => $"{parameter!["in"]} {parameter["name"]}", parameter => parameter!);

    private static HashSet<string> Words(JsonNode? node) => node switch
    {
        JsonArray many => [.. many.Select(each => each?.ToString() ?? "null")],
        null => [],
        _ => [node.ToString()],
    };

    private static bool IsTrue(JsonNode? node) => node?.GetValue<bool>() == true;

    private static decimal? Number(JsonNode? node) =>
        decimal.TryParse(node?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
