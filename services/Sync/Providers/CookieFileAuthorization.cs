using System.Net.Http.Headers;
using System.Text;

namespace Sync.Providers;

/// <summary>
/// Adds the user and password that a node on the same machine writes into a file at each start. What stands there goes into the request's
/// header and nowhere else.
/// </summary>
internal sealed class CookieFileAuthorization(string provider, string file) : DelegatingHandler
{
    private const int Longest = 1_000;

    /// <summary>The header of a user and a password, <c>user:password</c>.</summary>
    public static AuthenticationHeaderValue Basic(string credentials) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = Basic(await ReadAsync(cancellationToken));
        return await base.SendAsync(request, cancellationToken);
    }

    private async Task<string> ReadAsync(CancellationToken ct)
    {
        try
        {
            var cookie = (await File.ReadAllTextAsync(file, ct)).Trim();
            return cookie.Length <= Longest && cookie.Contains(':', StringComparison.Ordinal)
                ? cookie : throw new ProviderException(ProviderFailure.Unavailable, provider, "its cookie file holds no user and password");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(ProviderFailure.Unavailable, provider, "its cookie file cannot be read: the node may not run", inner: e);
        }
    }
}
