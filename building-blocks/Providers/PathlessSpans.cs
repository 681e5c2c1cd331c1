using System.Diagnostics;

namespace Providers;

/// <summary>Keeps the path of an address that is asked out of spans, as the HTTP client does with its query: it may hold a key. The ids of
/// our traces go nowhere.</summary>
public sealed class PathlessSpans : DistributedContextPropagator
{
    private const string Address = "url.full";

    public override IReadOnlyCollection<string> Fields => [];

    // The one place where the HTTP client lets its span be seen: it has written the address and is about to pass ids on.
    // Where nobody listens to it, this is whatever span surrounds it.
    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity?.GetTagItem(Address) is not null && carrier is HttpRequestMessage { RequestUri: { } uri })
            activity.SetTag(Address, $"{uri.Scheme}://{uri.Authority}/*");
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
