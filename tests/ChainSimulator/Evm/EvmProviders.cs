using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ChainSimulator.Serving;

namespace ChainSimulator.Evm;

/// <summary>
/// The chains of accounts as providers tell them: /{network}/evm/api speaks Etherscan's dialect (Blockscout's under
/// /blockscout/{network}/evm/api), /{network}/evm/rpc JSON-RPC. Statuses, rate limits, gates and empty lists may be set as faults.
/// </summary>
internal sealed class EvmProviders(EvmWorld world, FaultRules faults, RequestLog log, TimeProvider clock)
{
    public const string Blockscout = "blockscout";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/{network}/evm", "/{replica}/{network}/evm" })
        {
            routes.MapGet(prefix + "/api", http => Serve(http, "/evm/api", Explore));
            routes.MapPost(prefix + "/rpc", http => Serve(http, "/evm/rpc", Call));
            routes.MapGet(prefix + "/ws", Push);
        }

        routes.MapGet("/admin/evm/truth/{network}/{account}", (string network, string account) =>
            world.Find(network) is { } chain
                ? Results.Json(chain.TruthOf(EvmNetwork.Account(account)), Script.ScriptRunner.Json) : Results.NotFound());
    }

    // Whoever subscribes hears of each new block, unless the feed is to be silent.
    private async Task Push(HttpContext http)
    {
        var (slug, replica) = ((string)http.Request.RouteValues["network"]!, http.Request.RouteValues["replica"] as string ?? "main");
        if (world.Find(slug) is not { } network || !http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        log.Add(new(log.NextNumber(), clock.GetUtcNow(), slug, replica, "/evm/ws", StatusCodes.Status101SwitchingProtocols), "/evm/ws", 0);
        var heads = Channel.CreateUnbounded<EvmPlace>();
        var buffer = new byte[4096];
        var asked = await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted);
        var question = JsonNode.Parse(buffer.AsSpan(0, asked.Count))!;
        using var listening = network.Listen(place => heads.Writer.TryWrite(place));
        await Tell(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = question["id"]!.DeepClone(), ["result"] = "0x1" });
        try
        {
            await foreach (var place in heads.Reader.ReadAllAsync(http.RequestAborted))
            {
                if (faults.Match(slug, replica, "/evm/ws").Any(hit => hit.Fault.Kind is FaultKind.Silent)) continue;
                await Tell(new JsonObject
                {
                    ["jsonrpc"] = "2.0", ["method"] = "eth_subscription",
                    ["params"] = new JsonObject
                    {
                        ["subscription"] = "0x1",
                        ["result"] = new JsonObject
                        {
                            ["number"] = EvmRpcDialect.Hex(place.Height), ["hash"] = place.Hash, ["parentHash"] = place.Parent,
                        },
                    },
                });
            }
        }
        catch (Exception left) when (left is OperationCanceledException or WebSocketException)
        {
            // Who listened is gone.
        }

        Task Tell(JsonObject told) => socket.SendAsync(
            Encoding.UTF8.GetBytes(told.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, http.RequestAborted);
    }

    private static Task<JsonNode> Explore(EvmCall call) =>
        Task.FromResult<JsonNode>(call.Limited ? EtherscanDialect.RateLimited : EtherscanDialect.Answer(call));

    private static async Task<JsonNode> Call(EvmCall call)
    {
        using var body = new StreamReader(call.Http.Request.Body);
        return EvmRpcDialect.Answer(call, JsonNode.Parse(await body.ReadToEndAsync(call.Http.RequestAborted))!);
    }

    private async Task Serve(HttpContext http, string route, Func<EvmCall, Task<JsonNode>> answer)
    {
        var (arrived, number) = (clock.GetUtcNow(), log.NextNumber());
        var (slug, replica) = ((string)http.Request.RouteValues["network"]!, http.Request.RouteValues["replica"] as string ?? "main");
        var path = route + Uri.UnescapeDataString(http.Request.QueryString.Value!);
        void Count(int status, int length) => log.Add(new(number, arrived, slug, replica, path, status), route, length);

        if (world.Find(slug) is not { } network)
        {
            Count(http.Response.StatusCode = StatusCodes.Status404NotFound, 0);
            return;
        }

        var hits = faults.Match(slug, replica, path).Select(hit => hit.Fault).ToList();
        if (hits.Find(fault => fault.Kind is FaultKind.Gate) is { } gate)
            await faults.WaitAtGate(gate.Id!, number, path, replica, http.RequestAborted);
        if (hits.Find(fault => fault.Kind is FaultKind.Status) is { } failed)
        {
            Count(http.Response.StatusCode = failed.Status, 0);
            return;
        }

        if (hits.Exists(fault => fault.Kind is FaultKind.NewBlock)) network.Mine(new EvmMine(slug));
        var call = new EvmCall(http, network, replica, hits.Exists(fault => fault.Kind is FaultKind.RateLimit),
            hits.Exists(fault => fault.Kind is FaultKind.EmptyPage))
        {
            Pruned = hits.Find(fault => fault.Kind is FaultKind.Pruned)?.By,
        };
        var body = Encoding.UTF8.GetBytes((await answer(call)).ToJsonString());
        Count(StatusCodes.Status200OK, body.Length);
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}

/// <summary>One question to a provider of a chain of accounts, and how it is to misbehave.</summary>
internal sealed record EvmCall(HttpContext Http, EvmNetwork Network, string Replica, bool Limited, bool Empty)
{
    /// <summary>Blocks further than this below the tip are not told.</summary>
    public int? Pruned { get; init; }

    public string? Query(string name) => Http.Request.Query[name];
}
