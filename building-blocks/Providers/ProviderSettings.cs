using System.Diagnostics.CodeAnalysis;

namespace Providers;

/// <summary>How a provider is reached and what it may be asked, whatever dialect it speaks.</summary>
public abstract class ProviderSettings
{
    private static readonly IReadOnlyList<string> Http = ["http", "https"];

    public string Name { get; set; } = "";

    /// <summary>The dialect it speaks.</summary>
    public string Kind { get; set; } = "";

    public string BaseUrl { get; set; } = "";

    /// <summary>What the provider knows its customer by, where it has such a thing; it goes into requests and nowhere else.</summary>
    public string? Key { get; set; }

    /// <summary>How the key is sent: as this parameter of the address, or, where there is none, in a header.</summary>
    public abstract string? KeyParameter { get; }

    /// <summary>How many questions the dialect may send in one request.</summary>
    public virtual int MostInABatch => 1;

    /// <summary>Whether it says why with statuses 401, 403 and 422 as well (<see cref="ProviderException.Refusal"/>), as with 400.</summary>
    public virtual bool ExplainsRefusals => false;

    /// <summary>Requests a second from all processes together; 0 is no limit, for a provider of one's own.</summary>
    public int RequestsPerSecond { get; set; } = 4;

    /// <summary>The account that its requests count for, at <c>Budgets</c>; by default the one of its own name, where there is such a one.</summary>
    public string? Budget { get; set; }

    /// <summary>For one request.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>For one answer: waiting for its place in the rate and retries included; half as much again as a request without.</summary>
    public int? AnswerSeconds { get; set; }

    public TimeSpan LongestAnswer => TimeSpan.FromSeconds(AnswerSeconds ?? Math.Ceiling(1.5 * TimeoutSeconds));

    /// <summary>The schemes of addresses at which it is reached.</summary>
    protected virtual IReadOnlyList<string> Schemes => Http;

    /// <summary>What is wrong with what all providers have.</summary>
    protected IEnumerable<string> GeneralErrors(string at)
    {
        if (Name is "" || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not '-' and not '.'))
            yield return $"{at}:Name must be letters, digits, '-' or '.'.";
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || !Schemes.Contains(url.Scheme))
            yield return $"{at}:BaseUrl must be an absolute {(Schemes == Http ? "http(s)" : string.Join(" or ", Schemes))} address.";
        else if (url.Query is not "" || url.UserInfo is not "")
            yield return $"{at}:BaseUrl must be without a query or credentials; a key belongs to Key.";
        if (Key is not null && !IsKey(Key)) yield return $"{at}:Key must be printable ASCII without spaces.";
        if (RequestsPerSecond is < 0 or > 10_000) yield return $"{at}:RequestsPerSecond must be 0 to 10000.";
        if (TimeoutSeconds is < 1 or > 120) yield return $"{at}:TimeoutSeconds must be 1 to 120.";
        if (AnswerSeconds < TimeoutSeconds || AnswerSeconds > 300) yield return $"{at}:AnswerSeconds must be TimeoutSeconds to 300.";
    }

    protected static bool IsAddress(string text, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && Http.Contains(address.Scheme);

    protected static bool IsKey(string text) => text.All(c => c is > ' ' and <= '~');
}

/// <summary>A provider that is configured, and what it is asked about (a network's slug, or <c>prices</c>).</summary>
public sealed record ConfiguredProvider(string Network, ProviderSettings Settings);
