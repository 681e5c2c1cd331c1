using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace ServiceDefaults;

/// <summary>
/// The If-Match of a write. A parameter of this type in an endpoint is filled from the request, and says that the endpoint
/// obeys it; all others refuse the field.
/// </summary>
public sealed class IfMatch : IEndpointParameterMetadataProvider
{
    private readonly StringValues named;
    private readonly JsonSerializerOptions json;

    private IfMatch(StringValues named, JsonSerializerOptions json) => (this.named, this.json) = (named, json);

    /// <summary>
    /// Refuses unless the field is absent or names the state that is being decided on; <paramref name="view"/> is that
    /// state as a GET shows it. Called inside the decision, so no other write comes in between.
    /// </summary>
    /// <exception cref="DomainException"><c>version-conflict</c>.</exception>
    public void Require<TView>(Func<TView> view)
    {
        if (named.Count == 0) return;
        if (!EntityTag.IsMatchedBy(EntityTag.Of(JsonSerializer.SerializeToUtf8Bytes(view(), json)), named))
            throw new DomainException("version-conflict", "The resource is not as If-Match says; read it again.", "If-Match");
    }

    /// <summary>Fills an endpoint's parameter.</summary>
    public static ValueTask<IfMatch> BindAsync(HttpContext context) => ValueTask.FromResult(new IfMatch(
        context.Request.Headers.IfMatch, context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));

    /// <summary>Marks an endpoint that has such a parameter.</summary>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(Obeyed.Instance);

    internal sealed class Obeyed
    {
        public static readonly Obeyed Instance = new();
    }
}
