using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>How far a service's rows follow what people wrote.</summary>
public interface IReadYourWrites
{
    /// <summary>Waits, for some seconds at most, until the rows hold the write that got this version.</summary>
    /// <exception cref="DomainException"><c>version-not-reached</c>, or <c>invalid-parameter</c>: no write has this version.</exception>
    Task ReachAsync(long version, CancellationToken ct);
}

/// <summary>
/// <c>?minVersion=</c> on any public GET: the answer knows at least the write whose answer had this <c>Version</c>. Where
/// the writes are, the rows are written with the facts, and every version that a write has got is reached.
/// </summary>
internal sealed class MinVersion(RequestDelegate next)
{
    public const string Parameter = "minVersion";

    /// <summary>The header of a write's answer: a position in the log of writes, which covers this one.</summary>
    public const string Header = "Version";

    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Query.TryGetValue(Parameter, out var given))
        {
            if (!long.TryParse(given.Count == 1 ? given[0] : null, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                throw new DomainException("invalid-parameter", $"{Parameter} is the Version of a write's answer, a whole number.", "?" + Parameter);
            if (context.RequestServices.GetService<IReadYourWrites>() is { } follower)
                await follower.ReachAsync(version, context.RequestAborted);
        }
        await next(context);
    }
}

/// <summary>Returns a write's version.</summary>
public static class WriteVersion
{
    /// <summary>Says in the answer up to which position of the log <c>?minVersion=</c> must wait to see this write.</summary>
    public static void SetVersion(this HttpResponse response, long position) =>
        response.Headers[MinVersion.Header] = position.ToString(CultureInfo.InvariantCulture);
}
