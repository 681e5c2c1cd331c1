using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>
/// The AsyncAPI 3 document of the two channels at <c>/asyncapi/v1.json</c>, made of the records that are sent; the gateway adds where
/// it is to be reached.
/// </summary>
internal static class AsyncApi
{
    private const string Socket = "socket";
    private const string Stream = "stream";
    private static readonly string[] Keys = ["bearer", "header", "ticket"];
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Lazy<byte[]> Document = new(() => JsonSerializer.SerializeToUtf8Bytes(Make(), Plain));

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/asyncapi/v1.json", () => Results.Bytes(Document.Value, "application/json; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();

    /// <summary>The document.</summary>
    public static JsonObject Make()
    {
        var (messages, schemas) = (new JsonObject(), new JsonObject());
        foreach (var kind in FeedTypes.All)
        {
            schemas[kind.Name] = MessageSchemas.Of(kind.Type, FeedTypes.Json);
            messages[kind.Name] = Message(kind.Name, kind.Description, Envelope(kind));
        }

        schemas["redacted"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "All that is left of a message about a wallet that was deleted since: its number, so that no gap shows, and its type.",
            ["required"] = new JsonArray("redacted"),
            ["properties"] = new JsonObject { ["redacted"] = new JsonObject { ["const"] = true, ["description"] = "It is." } },
        };
        foreach (var word in typeof(FeedWord).GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).OrderBy(type => type.Name))
        {
            var schema = MessageSchemas.Of(word, ApiJson.Options);
            var name = word.Name.ToLowerInvariant();
            schema["properties"]!["type"]!["const"] = name;
            messages[name] = Message(name, schema["description"]!.GetValue<string>(), schema);
        }

        messages["problem"] = Message("problem", "What went wrong, as RFC 9457 has it; the same as an answer's body would be.", Problem());
        messages["command"] = Message("command", "What a client says on a socket.", MessageSchemas.Of(typeof(SocketCommand), ApiJson.Options));
        // What may be left out of a command is not always there.
        messages["command"]!["payload"]!["required"] = new JsonArray("action");
        string[] sent = [.. messages.Select(message => message.Key).Where(name => name != "command")];
        string[] streamed = [.. sent.Where(name => name is not ("pong" or "unsubscribed"))];
        return new()
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Wallet tracker: what happens",
                ["version"] = "v1",
                ["license"] = new JsonObject { ["name"] = "MIT" },
                ["description"] = "Each user has a feed: messages with numbers without gaps, kept. Both channels bring it from any position on, " +
                    "and go on with what happens. Remember the `position` of the last message you have dealt with, and give it as `after` when you " +
                    "connect again: nothing is missed. A message may come twice only after a `reset`, with the same `id`. Amounts are integers in " +
                    "base units, written as strings. New types and members may come; ignore what you do not know.",
            },
            ["defaultContentType"] = "application/json",
            ["channels"] = new JsonObject
            {
                [Socket] = Channel(FeedSocket.Path, "A WebSocket: the client subscribes, and may change its mind. A subscription can also be " +
                    "made by the query. Pings come every 15 s; whoever answers none for 45 s is cut off. Close codes: 1012 the server restarts, " +
                    "1013 something fails, 4429 the key has too many streams open; the reason of 1012 and 1013 is the last position.",
                    [.. sent, "command"], new JsonObject
                    {
                        ["ws"] = new JsonObject { ["method"] = "GET", ["query"] = Query(), ["bindingVersion"] = "0.1.0" },
                    }),
                [Stream] = Channel("/api/v1/events", "Server-sent events: `id` is the position, `data` the message. Messages of the feed have " +
                    "no `event` name; the others have their type for one.", streamed, null),
            },
            ["operations"] = new JsonObject
            {
                ["sendOnSocket"] = Operation("send", Socket, "The client is told what happens.", sent),
                ["receiveOnSocket"] = Operation("receive", Socket, "The client says what it wants.", ["command"]),
                ["sendOnStream"] = Operation("send", Stream, "The client is told what happens.", streamed),
            },
            ["components"] = new JsonObject
            {
                ["messages"] = messages,
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key, wt_…, as bearer token." },
                    ["header"] = Key("header", "X-Api-Key", "The same key in a header of its own."),
                    ["ticket"] = Key("query", "ticket", "A ticket of POST /api/v1/events/tickets, for browsers, which can set no header."),
                },
            },
        };
    }

    private static JsonObject Envelope(FeedType kind)
    {
        var schema = MessageSchemas.Of(typeof(EventView), ApiJson.Options);
        var members = schema["properties"]!.AsObject();
        members["type"]!["const"] = kind.Name;
        members["position"]!["pattern"] = "^[0-9]+:[0-9]+$";
        members["data"] = new JsonObject
        {
            ["anyOf"] = new JsonArray(Ref($"#/components/schemas/{kind.Name}"), Ref("#/components/schemas/redacted")),
        };
        members["subscription"] = new JsonObject
        {
            ["type"] = "string",
            ["description"] = "On a socket, the subscription that it comes by, where the client gave that an `id`.",
        };
        return schema;
    }

    private static JsonObject Problem()
    {
        var schema = new JsonObject { ["type"] = "object", ["required"] = new JsonArray("type", "title", "status", "detail", "instance") };
        var members = new JsonObject { ["status"] = new JsonObject { ["type"] = "integer" } };
        foreach (var name in (string[])["title", "detail", "instance", "subscription"]) members[name] = new JsonObject { ["type"] = "string" };
        members["type"] = new JsonObject { ["type"] = "string", ["pattern"] = "^/problems/[a-z-]+$", ["description"] = "The page that explains it." };
        schema["properties"] = members;
        return schema;
    }

    private static JsonObject Message(string name, string? description, JsonObject payload) => new()
    {
        ["name"] = name,
        ["title"] = name,
        ["summary"] = description,
        ["payload"] = payload,
    };

    private static JsonObject Channel(string address, string description, string[] messages, JsonObject? bindings)
    {
        var channel = new JsonObject
        {
            ["address"] = address,
            ["description"] = description,
            ["messages"] = new JsonObject(messages.Select(name => KeyValuePair.Create(name, (JsonNode?)Ref($"#/components/messages/{name}")))),
        };
        if (bindings is not null) channel["bindings"] = bindings;
        return channel;
    }

    private static JsonObject Operation(string action, string channel, string summary, string[] messages) => new()
    {
        ["action"] = action,
        ["channel"] = Ref($"#/channels/{channel}"),
        ["summary"] = summary,
        ["security"] = new JsonArray([.. Keys.Select(name => Ref($"#/components/securitySchemes/{name}"))]),
        ["messages"] = new JsonArray([.. messages.Select(name => Ref($"#/channels/{channel}/messages/{name}"))]),
    };

    private static JsonObject Query() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["after"] = Text("The position of the last message you have."),
            ["types"] = Text("Only messages of these types, with commas between them."),
            ["walletId"] = Text("Only messages about this wallet; may be given more than once."),
            ["wallet_address"] = Text("Only messages about this address of one of your wallets."),
        },
    };

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject Key(string place, string name, string description) =>
        new() { ["type"] = "httpApiKey", ["in"] = place, ["name"] = name, ["description"] = description };

    private static JsonObject Ref(string pointer) => new() { ["$ref"] = pointer };
}
