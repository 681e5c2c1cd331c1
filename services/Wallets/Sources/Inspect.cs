using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>Says what a pasted text is before anything is done with it. Nothing of it is kept.</summary>
internal static class Inspect
{
    private const int Shown = 10;

    private const string SingleAddress = "address";
    private const string ExtendedKey = "extended-key";
    private const string OutputDescriptor = "descriptor";
    private const string Secret = "secret";
    private const string Unknown = "unknown";

    public sealed record Request(
        [property: Description("What was pasted: an address, an extended public key, an output descriptor. Never a seed phrase or a private key.")]
        [property: JsonConverter(typeof(PastedText))] string Text,
        [property: Description("The network's slug or CAIP-2 id, where the text alone does not say.")] string? Network = null);

    /// <summary>What a text is.</summary>
    public sealed record InspectionView(
        [property: Description("What it is.")]
        [property: AllowedValues(SingleAddress, ExtendedKey, OutputDescriptor, Secret, Unknown)] string Kind,
        [property: Description("The slugs of the networks that it can be of; what is shown is of the first.")] IReadOnlyList<string> Networks,
        [property: Description("Its one spelling here: of an address, or of a descriptor with its checksum.")] string? Normalized,
        [property: Description("The script of its addresses, as in a descriptor; null where there is none.")] string? Script,
        [property: Description("What it is, or what is wrong with it, in a sentence.")] string Detail,
        [property: Description("The first addresses of each of a whole wallet's branches.")] IReadOnlyList<BranchPreview> Branches);

    public sealed record BranchPreview(
        [property: Description("The branch, counted from 0.")] int Branch,
        [property: Description("What it is used for, as a rule: receive, change, or its number.")] string Name,
        [property: Description("The steps from the first key, called m.")] string Path,
        [property: Description("Its first ten addresses.")] IReadOnlyList<string> Addresses);

    /// <exception cref="DomainException"><c>unknown-network</c>.</exception>
    public static InspectionView Of(NetworkCatalogue networks, string text, string? network)
    {
        var pasted = text.Trim();
        var asked = network is null ? null : networks.Require(network, "/network");
        try
        {
            return NoAddress.IsDescriptor(pasted) || NoAddress.IsExtendedKey(pasted)
                ? OfWallet(networks, pasted, asked)
                : OfAddress(networks, pasted, asked);
        }
        catch (DomainException refused)
        {
            var kind = refused.Problem.Code == "secret-pasted" ? Secret
                : NoAddress.IsDescriptor(pasted) ? OutputDescriptor
                : NoAddress.IsExtendedKey(pasted) ? ExtendedKey
                : refused.Problem.Code == "ambiguous-network" ? SingleAddress
                : Unknown;
            return new(kind, kind == SingleAddress ? Fitting(networks, pasted) : [], null, null, refused.Message, []);
        }
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/inspect", Ok<InspectionView> (Request request, NetworkCatalogue networks) =>
                TypedResults.Ok(Of(networks, request.Text, request.Network)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Says what a pasted text is: an address, an extended key or descriptor with its first addresses, or a secret.")
            .WithDescription("Nothing is kept of it. A seed phrase or a private key is called what it is, and neither repeated nor logged.")
            .WithExample(new Request("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"))
            .WithProblems("unknown-network");

    private static InspectionView OfWallet(NetworkCatalogue networks, string pasted, Network? asked)
    {
        var fitting = SourceText.Fitting(networks, pasted);
        // The network that was asked for, or the usual one, says best what is wrong.
        var shown = asked is null
            ? fitting is [var usual, ..] ? usual : SourceText.Read(networks, networks.All.First(each => each.Family is ChainFamily.Utxo), pasted)
            : SourceText.Read(networks, asked, pasted);
        shown.RequireDistinctBranches();
        var isKey = NoAddress.IsExtendedKey(pasted);
        return new(
            isKey ? ExtendedKey : OutputDescriptor,
            [.. fitting.Select(each => each.Network.Slug).OrderByDescending(slug => slug == shown.Network.Slug)],
            shown.Text, shown.Script,
            Said(shown, isKey),
            [.. shown.Branches.Select(branch => new BranchPreview(
                branch.Number, branch.Name, branch.Path, [.. Enumerable.Range(0, Shown).Select(index => branch.AddressAt(index).Text)]))]);
    }

    private static string Said(Descriptor wallet, bool isKey)
    {
        var branches = wallet.Branches.Count == 1 ? "one branch" : $"{wallet.Branches.Count} branches";
        return $"A whole wallet of {wallet.Network.Name}, {branches} of {wallet.Script} addresses."
            + (isKey ? " An extended key alone is taken as its first letters say; for other scripts paste the wallet's descriptor." : "");
    }

    private static InspectionView OfAddress(NetworkCatalogue networks, string pasted, Network? asked)
    {
        var place = ImportAddress.Parse(networks, asked?.Slug, pasted);
        var network = networks.Find(place.Network)!;
        var address = (Address)networks.Parse(network, place.Text);
        return new(
            SingleAddress, [.. Fitting(networks, pasted).OrderByDescending(slug => slug == network.Slug)], address.Text, ScriptOf(address.Kind),
            $"An address of {network.Name}.", []);
    }

    private static List<string> Fitting(NetworkCatalogue networks, string pasted)
    {
        var read = PastedAddress.Read(networks, pasted);
        return [.. networks.All.Where(each => read.Admits(each) && Addresses.Parse(each, read.Text) is Address).Select(each => each.Slug)];
    }

    private static string? ScriptOf(AddressKind kind) => kind switch
    {
        AddressKind.P2pkh => "pkh",
        AddressKind.P2sh => "sh",
        AddressKind.P2wpkh => "wpkh",
        AddressKind.P2wsh => "wsh",
        AddressKind.P2tr => "tr",
        _ => null,
    };
}
