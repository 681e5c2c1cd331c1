using System.Data.Common;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults;

/// <summary>What a client sees of an exception. Nothing of the exception's own text is shown unless it was written for clients.</summary>
internal static partial class Failures
{
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);

    public static Failure From(Exception exception, HttpContext context) => exception switch
    {
        DomainException domain => new(domain.Problem, domain.Message, domain.Errors, domain.RetryAfter),
        BadHttpRequestException { InnerException: JsonException json } => JsonFailures.From(json),
        BadHttpRequestException bad => FromBadRequest(bad, context),
        JsonException json => JsonFailures.From(json),
        OperationCanceledException when context.RequestAborted.IsCancellationRequested => Bare("client-closed-request"),
        DbException database when IsUnavailable(database) => Bare("database-unavailable", SoonEnough),
        HttpRequestException => Bare("upstream-unavailable", SoonEnough),
        OperationCanceledException { InnerException: TimeoutException } or TimeoutException => Bare("timeout", SoonEnough),
        _ => Bare("internal"),
    };

    // Npgsql reports as DbException, so the gateway, which has no database, needs no driver.
    private static bool IsUnavailable(DbException exception) =>
        exception.IsTransient || exception.SqlState is { Length: 5 } state && (
            state.StartsWith("08", StringComparison.Ordinal)        // connection exception
            || state.StartsWith("53", StringComparison.Ordinal)     // out of connections, memory or disk
            || state.StartsWith("57P", StringComparison.Ordinal)    // shutting down or starting up
            || state is "57014" or "25006" or "58030");             // statement timeout, read-only standby, I/O error

    private static Failure FromBadRequest(BadHttpRequestException exception, HttpContext context)
    {
        if (exception.StatusCode != StatusCodes.Status400BadRequest)
            return new(Problems.ForStatus(exception.StatusCode), null, [], null);
        if (NoBody().IsMatch(exception.Message))
            return new(Problems.Get("malformed-json"), "The request needs a JSON body and has none.", [], null);
        if (Parameter().Match(exception.Message) is not { Success: true } match)
            return Bare("bad-request");

        // Bound into a record, it is called as the record's property is.
        var name = JsonNamingPolicy.CamelCase.ConvertName(match.Groups["name"].Value);
        // An id that is not even of the right shape names nothing that could exist.
        if (context.Request.RouteValues.ContainsKey(name))
            return Bare("not-found");
        var detail = exception.Message.StartsWith("Required", StringComparison.Ordinal)
            ? $"The parameter '{name}' is required."
            : $"The value of '{name}' cannot be read.";
        return new(Problems.Get("invalid-parameter"), detail, [new FieldError("?" + name, "invalid-parameter", detail)], null);
    }

    private static Failure Bare(string code, TimeSpan? retryAfter = null) => new(Problems.Get(code), null, [], retryAfter);

    [GeneratedRegex("parameter \"(?:[^\"]* )?(?<name>\\w+)\"")]
    private static partial Regex Parameter();

    [GeneratedRegex("^Implicit body inferred|no body was provided")]
    private static partial Regex NoBody();
}
