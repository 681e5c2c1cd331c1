using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ServiceDefaults;

/// <summary>Strong entity tags (RFC 9110 section 8.8.3): equal tags are equal bodies, to the last byte.</summary>
public static class EntityTag
{
    private const int Length = 16;

    /// <summary>The tag of an answer with this body.</summary>
    public static string Of(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return $"\"{Base64Url.EncodeToString(hash[..Length])}\"";
    }

    /// <summary>Whether the field is what If-Match and If-None-Match are: tags in double quotes, or *.</summary>
    internal static bool IsList(StringValues field) => Read(field) is not null;

    /// <summary>Whether an If-None-Match names the tag; a weak tag in it counts like a strong one (section 13.1.2).</summary>
    internal static bool IsNamedBy(string tag, StringValues ifNoneMatch) => Names(tag, ifNoneMatch, strong: false);

    /// <summary>Whether an If-Match names the tag, by strong comparison (section 13.1.1).</summary>
    internal static bool IsMatchedBy(string tag, StringValues ifMatch) => Names(tag, ifMatch, strong: true);

    private static bool Names(string tag, StringValues field, bool strong)
    {
        var own = EntityTagHeaderValue.Parse(tag);
        return Read(field)?.Any(each => each.Tag == "*" || each.Compare(own, strong)) == true;
    }

    private static IList<EntityTagHeaderValue>? Read(StringValues field) =>
        EntityTagHeaderValue.TryParseStrictList([.. field.OfType<string>()], out var named) && named.Count > 0 ? named : null;
}
