using ServiceDefaults;

namespace Sync.Providers;

/// <summary>A provider of a network, at <c>Chains:{network}:Providers:{n}</c>.</summary>
internal sealed class ProviderOptions
{
    public string Name { get; set; } = "";

    /// <summary>The dialect it speaks; <c>esplora</c> is known.</summary>
    public string Kind { get; set; } = "";

    public string BaseUrl { get; set; } = "";

    /// <summary>Requests a second from this process; 0 is no limit, for a provider of one's own.</summary>
    public int RequestsPerSecond { get; set; } = 4;

    public int TimeoutSeconds { get; set; } = 10;

    public IEnumerable<string> Errors(string at)
    {
        if (Name is "" || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not '-' and not '.')) yield return $"{at}:Name must be letters, digits, '-' or '.'.";
        if (Kind is not "esplora") yield return $"{at}:Kind '{Kind}' is not known; known are: esplora.";
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) yield return $"{at}:BaseUrl must be an absolute http(s) address.";
        if (RequestsPerSecond is < 0 or > 10_000) yield return $"{at}:RequestsPerSecond must be 0 to 10000.";
        if (TimeoutSeconds is < 1 or > 120) yield return $"{at}:TimeoutSeconds must be 1 to 120.";
    }
}

/// <summary>The networks to sync and their providers, in order, at <c>Chains</c>.</summary>
internal sealed class ChainsOptions : Dictionary<string, NetworkOptions>, IValidated
{
    public IEnumerable<string> Errors()
    {
        if (Count == 0) yield return "no network to sync is named.";
        foreach (var (network, options) in this)
        {
            if (global::Chains.Networks.Find(network) is null) yield return $"{network} is not a known network; known are: {string.Join(", ", global::Chains.Networks.All.Select(n => n.Slug))}.";
            if (options.Providers.Count == 0) yield return $"{network}:Providers is empty.";
            foreach (var error in options.Providers.SelectMany((provider, i) => provider.Errors($"{network}:Providers:{i}"))) yield return error;
        }
    }
}

/// <summary>One network's providers.</summary>
internal sealed class NetworkOptions
{
    public List<ProviderOptions> Providers { get; set; } = [];
}
