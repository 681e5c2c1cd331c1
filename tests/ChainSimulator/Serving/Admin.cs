using System.Globalization;
using System.Text.Json;
using ChainSimulator.Script;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>The script over HTTP, and everything it can be asked: the truth, the counters, who waits at a gate.</summary>
internal sealed class Admin(SimulatedWorld world, ScriptRunner script, FaultRules faults, Shifts shifts, RequestLog log)
{
    private const int FlushAt = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin");
        admin.AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (Exception refused) when (refused is ScriptException or JsonException or FormatException)
            {
                return Results.BadRequest(new { error = refused.Message });
            }
        });

        admin.MapGet("/health", () => new { status = "ok" });
        admin.MapGet("/demo", () => Demo.Tell(world));
        admin.MapPost("/{command}", (string command, JsonElement body) => script.Run(command, body));
        admin.MapPost("/load-lines/{network}", LoadLines);
        admin.MapGet("/tip/{network}", (string network) => world[network].Tip);
        admin.MapGet("/truth/{network}/{address}", TellTruth);

        admin.MapGet("/faults", () => faults.List());
        admin.MapPost("/faults", (Fault fault) => new { id = faults.Set(fault, fault.Kind is FaultKind.Stop ? StoppedChain(fault) : null) });
        admin.MapDelete("/faults/{id?}", (string? id) => faults.Clear(id));
        admin.MapGet("/gates", () => faults.Waiting());
        admin.MapPost("/gates/release", (ReleaseGate release) => new { released = faults.ReleaseGate(release.Id, release.Count) });
        admin.MapPost("/shifts", (Shift shift) => shifts.Set(shift));
        admin.MapDelete("/shifts", () => shifts.Clear());

        admin.MapGet("/requests", () => log.Counts());
        admin.MapGet("/requests/last", () => log.Last());
        admin.MapPost("/requests/reset", () => log.Reset());
    }

    private Chain StoppedChain(Fault fault) =>
        world[fault.Network ?? throw new ScriptException("A node that stands still belongs to one network.")].Snapshot();

    private async Task<Loaded> LoadLines(string network, HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellation);
        body.Position = 0;
        return world[network].Load(ScriptRunner.Lines(body));
    }

    private async Task TellTruth(string network, string address, HttpContext http, bool summary = false)
    {
        var truth = world[network].TruthOf(address);
        if (truth is null)
        {
            await Results.NotFound(new { error = $"Nothing is kept of {address}." }).ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = "application/json";
        using var json = new Utf8Buffer();
        json.Text(string.Create(CultureInfo.InvariantCulture,
            $"{{\"address\":\"{truth.Address}\",\"tipHeight\":{truth.Tip.Height},\"tipHash\":\"{truth.Tip.Hash}\","));
        json.Text(string.Create(CultureInfo.InvariantCulture, $"\"count\":{truth.Count},\"balance\":\"{truth.Balance}\""));
        if (!summary)
        {
            json.Raw(",\"transactions\":["u8);
            var isFirst = true;
            foreach (var line in truth.Lines())
            {
                if (!isFirst) json.Raw(","u8);
                isFirst = false;
                json.Text(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"txid\":\"{line.Txid}\",\"height\":{line.Height},\"blockHash\":\"{line.BlockHash}\",\"time\":{line.Time}," +
                    $"\"delta\":\"{line.Delta}\",\"fee\":\"{line.Fee}\",\"balance\":\"{line.Balance}\"}}"));
                if (json.Length < FlushAt) continue;
                await http.Response.Body.WriteAsync(json.Written, http.RequestAborted);
                json.Clear();
            }

            json.Raw("]"u8);
        }

        json.Raw("}"u8);
        await http.Response.Body.WriteAsync(json.Written, http.RequestAborted);
    }
}
