using System.Globalization;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>What every dialect's route goes through: counting, faults that delay or spoil the answer, and the sending.</summary>
internal sealed class ProviderPipeline(SimulatedWorld world, FaultRules faults, RequestLog log, Shifts shifts, TimeProvider clock)
{
    /// <summary>A dialect's route, of the chain itself and of each further provider (replica) of it.</summary>
    public void Map(IEndpointRouteBuilder routes, string route, Action<ProviderCall> answer)
    {
        foreach (var prefix in (string[])["/{network}/api", "/{replica}/{network}/api"])
            routes.MapGet(prefix + route, http => Serve(http, route, answer));
    }

    /// <summary>To be told before each page: counts it and lets the script move the chain.</summary>
    public void BeforePage(ProviderCall call, string address, bool isFirst, string position)
    {
        shifts.BeforePage(call.Network, call.Replica, address, isFirst);
        log.AddPage(address, position);
    }

    private async Task Serve(HttpContext http, string route, Action<ProviderCall> answer)
    {
        var arrived = clock.GetUtcNow();
        var number = log.NextNumber();
        var slug = (string)http.Request.RouteValues["network"]!;
        var replica = http.Request.RouteValues["replica"] as string ?? "main";
        var path = http.Request.Path.Value!;
        path = path[(path.IndexOf("/api/", StringComparison.Ordinal) + 4)..] + Uri.UnescapeDataString(http.Request.QueryString.Value!);
        var counted = false;

        // Before an answer's last byte leaves, so that whoever has the answer finds the request counted.
        void Count(int status, int length = 0)
        {
            log.Add(new(number, arrived, slug, replica, path, status), route, length);
            counted = true;
        }

        try
        {
            if (world.Find(slug) is not { } network)
            {
                Count(http.Response.StatusCode = StatusCodes.Status404NotFound);
                return;
            }

            using var call = new ProviderCall(http, network, replica, faults.Match(slug, replica, path));
            await Delay(call, number, path, http.RequestAborted);
            if (Refuse(call, http.Response) is { } refused)
            {
                Count(refused);
                await http.Response.WriteAsync("Too busy or broken, as the script says.", http.RequestAborted);
                return;
            }

            answer(call);
            Spoil(call);
            await Send(call, http, number, path, () => Count(call.Status, call.Body.Length));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left, as it does when its time-out is tested.
        }
        finally
        {
            if (!counted) Count(0);
        }
    }

    private async Task Delay(ProviderCall call, long number, string path, CancellationToken cancellation)
    {
        if (call.FaultOf(FaultKind.Slow) is { } slow) await Task.Delay(TimeSpan.FromMilliseconds(slow.Milliseconds), clock, cancellation);
        if (call.HitOf(FaultKind.Hang) is { } hang) await hang.Cleared.WaitAsync(cancellation);
        if (call.FaultOf(FaultKind.Gate) is { MidBody: false } gate) await faults.WaitAtGate(gate.Id!, number, path, call.Replica, cancellation);
    }

    private static int? Refuse(ProviderCall call, HttpResponse response)
    {
        if (call.FaultOf(FaultKind.RateLimit) is { } limited)
        {
            response.Headers.RetryAfter = limited.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return response.StatusCode = StatusCodes.Status429TooManyRequests;
        }

        return call.FaultOf(FaultKind.Status) is { } failed ? response.StatusCode = failed.Status : null;
    }

    private static void Spoil(ProviderCall call)
    {
        if (call.FaultOf(FaultKind.Html) is not null)
            call.Replace("<!DOCTYPE html><html><head><title>One moment</title></head><body><p>Checking your browser.</p></body></html>", "text/html");
        if (call.FaultOf(FaultKind.ContentType) is not null) call.MislabelAs("text/html; charset=utf-8");
        if (call.FaultOf(FaultKind.Huge) is not { } huge) return;
        call.Replace("[", "application/json");
        call.Body.Spaces(huge.Megabytes * 1024 * 1024);
        call.Body.Text("]");
    }

    private async Task Send(ProviderCall call, HttpContext http, long number, string path, Action count)
    {
        var body = call.Body.Written;
        if (call.FaultOf(FaultKind.Truncate) is not null) body = body[..(body.Length / 2)];
        http.Response.StatusCode = call.Status;
        http.Response.ContentType = call.ContentType;
        http.Response.ContentLength = body.Length;
        if (call.FaultOf(FaultKind.Break) is not null)
        {
            await http.Response.Body.WriteAsync(body[..(body.Length / 2)], http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            count();
            http.Abort();
            return;
        }

        if (call.FaultOf(FaultKind.Gate) is { MidBody: true } gate)
        {
            await http.Response.Body.WriteAsync(body[..(body.Length / 2)], http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await faults.WaitAtGate(gate.Id!, number, path, call.Replica, http.RequestAborted);
            body = body[(body.Length / 2)..];
        }

        count();
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
