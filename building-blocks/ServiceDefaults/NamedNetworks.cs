using Chains;

namespace ServiceDefaults;

/// <summary>Networks as requests name them.</summary>
public static class NamedNetworks
{
    /// <summary>The network of this slug or CAIP-2 id; where there is none, the refusal lists those there are.</summary>
    /// <exception cref="DomainException"><c>unknown-network</c>.</exception>
    public static Network Require(this NetworkCatalogue networks, string name, string? pointer = null) =>
        networks.Named(name) ?? throw new DomainException("unknown-network",
            $"There is no such network here; known are {string.Join(", ", networks.All.Select(each => each.Slug))}, and each by its CAIP-2 id.",
            pointer);
}
