using System.Globalization;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>One request to a provider, the state of the chain it may see, and the answer being written.</summary>
internal sealed class ProviderCall(HttpContext http, SimulatedNetwork network, string replica, IReadOnlyList<FaultRules.Hit> hits) : IDisposable
{
    public SimulatedNetwork Network => network;

    public string Replica => replica;

    public Utf8Buffer Body { get; } = new();

    public int Status { get; private set; } = StatusCodes.Status200OK;

    public string ContentType { get; private set; } = "application/json";

    public string Value(string name) => (string)http.Request.RouteValues[name]!;

    public string? Query(string name) => http.Request.Query[name];

    public string? OptionalValue(string name) => http.Request.RouteValues[name] as string;

    public Fault? FaultOf(FaultKind kind)
    {
        foreach (var hit in hits) if (hit.Fault.Kind == kind) return hit.Fault;
        return null;
    }

    public FaultRules.Hit? HitOf(FaultKind kind)
    {
        foreach (var hit in hits) if (hit.Fault.Kind == kind) return hit;
        return null;
    }

    public T Read<T>(Func<NodeView, T> read) =>
        network.Read(HitOf(FaultKind.Stop)?.Stopped, FaultOf(FaultKind.Lag)?.By ?? 0, read);

    public void Text(string text, int status = StatusCodes.Status200OK)
    {
        Body.Clear();
        Body.Text(text);
        (Status, ContentType) = (status, "text/plain");
    }

    public void Text(long number) => Text(number.ToString(CultureInfo.InvariantCulture));

    public void Json(string json, int status)
    {
        Body.Clear();
        Body.Text(json);
        Status = status;
    }

    public void Replace(string body, string contentType)
    {
        Body.Clear();
        Body.Text(body);
        (Status, ContentType) = (StatusCodes.Status200OK, contentType);
    }

    public void MislabelAs(string contentType) => ContentType = contentType;

    public void Dispose() => Body.Dispose();
}
