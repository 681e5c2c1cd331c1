using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace ServiceDefaults;

/// <summary>
/// Refuses query parameters that the endpoint's description does not have, and those given twice: a mistyped filter that
/// is ignored would show everything and look filtered.
/// </summary>
internal sealed class UnknownQueryParameterFilter(RequestDelegate next, IApiDescriptionGroupCollectionProvider descriptions)
{
    private readonly ConcurrentDictionary<Endpoint, FrozenDictionary<string, bool>?> known = new();

    public Task InvokeAsync(HttpContext context)
    {
        StorableText.RequireIn(context.Request);
        if (context.Request.Query.Count > 0 && known.GetOrAdd(context.GetEndpoint()!, Describe) is { } parameters)
            Check(context.Request, parameters);
        return next(context);
    }

    private static void Check(HttpRequest request, FrozenDictionary<string, bool> parameters)
    {
        var errors = new List<FieldError>();
        var reads = HttpMethods.IsGet(request.Method);
        foreach (var (name, values) in request.Query)
        {
            if (parameters.TryGetValue(name, out var many))
            {
                if (!many && values.Count > 1) errors.Add(new("?" + name, "repeated-parameter", $"'{name}' is given more than once."));
            }
            else if (!(reads && name.Equals(MinVersion.Parameter, StringComparison.OrdinalIgnoreCase)))
            {
                var names = string.Join(", ", parameters.Keys.Concat(reads ? [MinVersion.Parameter] : []).Order(StringComparer.Ordinal));
                errors.Add(new(
                    "?" + name, "unknown-parameter",
                    names.Length == 0 ? "This resource takes no parameters." : $"The parameters here are {names}."));
            }
        }
        if (errors.Count > 0)
            throw new DomainException("invalid-parameter", string.Join(" ", errors.Select(error => $"{error.Pointer}: {error.Detail}")), errors);
    }

    // By name, whether it may come more than once; null for what is not described, such as the feeds between services.
    private FrozenDictionary<string, bool>? Describe(Endpoint endpoint)
    {
        if (endpoint is not RouteEndpoint { RoutePattern.RawText: { } pattern }) return null;
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];
        return descriptions.ApiDescriptionGroups.Items.SelectMany(group => group.Items)
            .FirstOrDefault(description => description.RelativePath == pattern.TrimStart('/') && methods.Contains(description.HttpMethod))?
            .ParameterDescriptions.Where(parameter => parameter.Source == BindingSource.Query)
            .ToFrozenDictionary(parameter => parameter.Name, IsMany, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsMany(ApiParameterDescription parameter) =>
        parameter.Type != typeof(string) && parameter.Type?.IsAssignableTo(typeof(System.Collections.IEnumerable)) == true;
}
