using System.Text;
using System.Text.Json.Nodes;
using ChainSimulator.Serving;

namespace ChainSimulator.Solana;

/// <summary>
/// The Solana chains as nodes tell them, at /{network}/solana/rpc and for further ones at /{replica}/{network}/solana/rpc. Faults
/// match the path with the method of the first question behind it (/solana/rpc?getTransaction).
/// </summary>
internal sealed class SolanaProviders(SolanaWorld world, FaultRules faults, RequestLog log, TimeProvider clock)
{
    private const string Route = "/solana/rpc";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/{network}", "/{replica}/{network}" }) routes.MapPost(prefix + Route, Serve);
        routes.MapGet("/admin/solana/truth/{network}/{account}", (string network, string account) =>
            world.Find(network) is { } chain ? Results.Json(chain.TruthOf(account), Script.ScriptRunner.Json) : Results.NotFound());
    }

    private async Task Serve(HttpContext http)
    {
        var (arrived, number) = (clock.GetUtcNow(), log.NextNumber());
        var (slug, replica) = ((string)http.Request.RouteValues["network"]!, http.Request.RouteValues["replica"] as string ?? "main");
        using var text = new StreamReader(http.Request.Body);
        var question = JsonNode.Parse(await text.ReadToEndAsync(http.RequestAborted))!;
        var questions = question is JsonArray batch ? batch.Select(each => each!.AsObject()).ToList() : [question.AsObject()];
        var path = $"{Route}?{(string)questions[0]["method"]!}";

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

        // A batch is answered in reverse.
        var answers = Enumerable.Reverse(questions).Select(each => (JsonNode)SolanaRpcDialect.Answer(network, hits, each)).ToArray();
        var body = Encoding.UTF8.GetBytes((question is JsonArray ? new JsonArray(answers) : answers[0]).ToJsonString());
        Count(StatusCodes.Status200OK, body.Length);
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.Body.WriteAsync(body, http.RequestAborted);

        // Each question of a batch is counted.
        void Count(int status, int length)
        {
            foreach (var each in questions)
            {
                var asked = $"{Route}?{(string)each["method"]!}";
                log.Add(new(number, arrived, slug, replica, asked, status), asked, length / questions.Count);
            }
        }
    }
}
