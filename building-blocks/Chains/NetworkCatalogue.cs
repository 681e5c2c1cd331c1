using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Chains;

/// <summary>The networks a system knows: those that ship, then those its configuration adds. A catalogue never changes.</summary>
public sealed class NetworkCatalogue
{
    private readonly FrozenDictionary<string, Network> bySlug;

    private NetworkCatalogue(ImmutableArray<Network> networks) =>
        (All, bySlug) = (networks, networks.ToFrozenDictionary(network => network.Slug, StringComparer.Ordinal));

    internal static NetworkCatalogue Empty { get; } = new([]);

    public ImmutableArray<Network> All { get; }

    /// <summary>The network of this exact slug, or null.</summary>
    public Network? Find(string? slug) => slug is null ? null : bySlug.GetValueOrDefault(slug);

    /// <summary>The network of this slug or CAIP-2 id, or null.</summary>
    public Network? Named(string name) => Find(name) ?? All.FirstOrDefault(network => network.Caip2 == name);

    /// <summary>A catalogue with these networks more, by slug, or with what is said of some of its own laid over them.</summary>
    /// <exception cref="NetworkSettingsException">The settings have errors; all of them are listed.</exception>
    public NetworkCatalogue With(IReadOnlyDictionary<string, NetworkSettings> settings)
    {
        List<string> errors =
        [
            .. settings.SelectMany(entry => Find(entry.Key) is { } own ? entry.Value.ErrorsOver(own) : entry.Value.Errors(entry.Key)),
        ];
        if (errors is not []) throw new NetworkSettingsException(errors);

        ImmutableArray<Network> networks =
        [
            .. All.Select(own => settings.TryGetValue(own.Slug, out var changed) ? changed.Over(own) : own),
            .. settings.Where(entry => Find(entry.Key) is null).Select(entry => entry.Value.Make(entry.Key)),
        ];
        foreach (var same in networks.GroupBy(network => network.Caip2).Where(group => group.Count() > 1))
            errors.Add($"{same.Last().Slug}:Caip2 is {same.First().Slug}'s: one chain has one name here.");
        return errors is [] ? new(networks) : throw new NetworkSettingsException(errors);
    }

    /// <summary>
    /// The address this text is on the network, in its canonical spelling, or what is wrong with it. Nothing is trimmed;
    /// any text may be given. An address of another network of the catalogue is reported as that.
    /// </summary>
    public ParsedAddress Parse(Network network, string? text)
    {
        var parsed = Addresses.Parse(network, text);
        if (parsed is Address || text is null) return parsed;

        var valid = All.Where(known => known.Slug != network.Slug && Addresses.Parse(known, text) is Address).Select(known => known.Slug).ToList();
        if (valid is not [])
            return new AddressError(AddressErrors.Network, $"This is an address of {string.Join(" or ", valid)}, not of {network.Slug}.");

        // A prefix says which network was meant, so that network's rules say best what is wrong.
        var meant = All.FirstOrDefault(known => known.AddressRules is { } rules && BitcoinAddressReader.HasPrefix(rules, text));
        return meant is null ? parsed : Addresses.Parse(meant, text);
    }
}

/// <summary>Networks cannot be made of these settings.</summary>
public sealed class NetworkSettingsException(IReadOnlyList<string> errors) : Exception(string.Join(' ', errors))
{
    /// <summary>Every error, each beginning with its network and key.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
