using System.Text;
using System.Text.Json.Nodes;
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
        }

        routes.MapGet("/admin/evm/truth/{network}/{account}", (string network, string account) =>
            world.Find(network) is { } chain
                ? Results.Json(chain.TruthOf(EvmNetwork.Account(account)), Script.ScriptRunner.Json) : Results.NotFound());
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
            hits.Exists(fault => fault.Kind is FaultKind.EmptyPage));
        var body = Encoding.UTF8.GetBytes((await answer(call)).ToJsonString());
        Count(StatusCodes.Status200OK, body.Length);
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}

/// <summary>One question to a provider of a chain of accounts, and how it is to misbehave.</summary>
internal sealed record EvmCall(HttpContext Http, EvmNetwork Network, string Replica, bool Limited, bool Empty)
{
    public string? Query(string name) => Http.Request.Query[name];
}
