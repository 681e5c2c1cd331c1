using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Chains;
using Microsoft.AspNetCore.Mvc;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>What of a wallet's transactions is asked for, as it stands in the query.</summary>
public readonly record struct TransactionFilterRequest(
    [property: FromQuery(Name = "address"), Description("Only this address's transactions: its id in the wallet, or the address itself.")]
    string? Address = null,
    [property: FromQuery(Name = "label"), Description("Only transactions of addresses with exactly this label.")] string? Label = null,
    [property: FromQuery(Name = "network"), Description("Only transactions on this network, by its slug or CAIP-2 id.")] string? Network = null,
    [property: FromQuery(Name = "direction"), Description("`in`, `out`, or `self` where the address gained and lost nothing."),
        AllowedValues(Directions.In, Directions.Out, Directions.Self)] string? Direction = null,
    [property: FromQuery(Name = "from"), InstantOrDay, Description("Only transactions whose block's time is this instant or later; of a day, its " +
        "beginning in UTC.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("Only transactions whose block's time is before this instant; of a day, before " +
        "its end in UTC.")] string? To = null,
    [property: FromQuery(Name = "minAmount"), Description("Only transactions by which the address gained or lost at least this number of base " +
        "units.")] string? MinAmount = null,
    [property: FromQuery(Name = "minCoins"), Description("The same in whole coins of whatever asset it is, as decimal text such as `0.5`.")]
    string? MinCoins = null,
    [property: FromQuery(Name = "search"), Description("Only transactions of addresses that have this text in themselves or in their label, in " +
        "whatever case.")] string? Search = null,
    [property: FromQuery(Name = "tag"), Description("Only transactions with this tag, or of a wallet or an address that has it, in whatever case.")]
    string? Tag = null,
    [property: FromQuery(Name = "include"), Description("`pending`: also transactions that are in no block, first of all: those that " +
        "wait for one, and those that were `replaced` or `dropped`; `orphaned`: also transactions that a reorganisation took out of the chain; " +
        "`total`: how many there are; several with commas.")] string? Include = null,
    [property: FromQuery(Name = "view"), Description("`compact` leaves `from` and `to` out of each entry: who else took part; `full` when left out."),
        AllowedValues("full", "compact")] string? View = null);

/// <summary>A number of whole coins, and how the networks' own are divided; what others are is in the read model.</summary>
internal sealed record LeastCoins(string Coins, IReadOnlyList<Network> Networks);

/// <summary>What of a wallet's transactions is asked for.</summary>
internal sealed partial record TransactionFilter
{
    private const int MostDigits = 78;

    public Guid? AddressId { get; init; }

    /// <summary>The address in the spellings of the networks that have such a one.</summary>
    public IReadOnlyList<string>? Address { get; init; }

    public string? Label { get; init; }

    public string? Network { get; init; }

    /// <summary>The sign of the change, if only one is wanted.</summary>
    public int? Sign { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    public BigInteger? MinAmount { get; init; }

    /// <summary>The same in whole coins.</summary>
    public LeastCoins? MinCoins { get; init; }

    /// <summary>A text that the address or its label has to have in it.</summary>
    public string? Search { get; init; }

    /// <summary>A tag that the transaction, its address or its wallet has to have.</summary>
    public string? Tag { get; init; }

    public bool Orphaned { get; init; }

    public bool Pending { get; init; }

    public bool Total { get; init; }

    /// <summary>Whether the parties are left out.</summary>
    public bool Compact { get; init; }

    /// <summary>Whether it leaves out transactions of an address, so that a row's neighbour on the page is not its neighbour in the chain.</summary>
    public bool LeavesOut => Sign is not null || From is not null || To is not null || MinAmount is not null || MinCoins is not null
        || Tag is not null;

    /// <summary>What cursors are bound to.</summary>
    public string?[] Key =>
    [
        AddressId?.ToString(), Address is null ? null : string.Join(' ', Address), Label, Network, Sign?.ToString(CultureInfo.InvariantCulture),
        From?.ToString("O"), To?.ToString("O"), MinAmount?.ToString(CultureInfo.InvariantCulture), Orphaned ? "orphaned" : null,
        Pending ? "pending" : null, Tag?.ToLowerInvariant(), MinCoins?.Coins, Search?.ToLowerInvariant(),
    ];

    /// <exception cref="DomainException"><c>invalid-parameter</c>, <c>unknown-network</c> or <c>address-not-found</c>.</exception>
    public static TransactionFilter Read(NetworkCatalogue networks, TransactionFilterRequest request)
    {
        var include = request.Include?.Split(',') ?? [];
        if (include.Except(["pending", "orphaned", "total"]).Any())
            throw Instant.Invalid("include", "knows 'pending', 'orphaned' and 'total' only.");

        Guid? id = Guid.TryParse(request.Address, out var known) ? known : null;
        DateTimeOffset? from = request.From is { } first ? Instant.ReadFrom(first, "from") : null;
        DateTimeOffset? to = request.To is { } last ? Instant.ReadUntil(last, "to") : null;
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");

        return new()
        {
            AddressId = id,
            Address = id is null && request.Address is { } text ? Spellings(networks, text) : null,
            Label = request.Label,
            Network = request.Network is { } network ? networks.Require(network, "?network").Slug : null,
            Sign = request.Direction switch
            {
                null => null,
                Directions.In => 1,
                Directions.Out => -1,
                "self" => 0,
                _ => throw Instant.Invalid("direction", "is 'in', 'out' or 'self'."),
            },
            From = from,
            To = to,
            MinAmount = request.MinAmount is { } least ? AmountOf(least) : null,
            MinCoins = request.MinCoins is { } coins ? new(CoinsOf(coins), networks.All) : null,
            Search = request.Search,
            Tag = request.Tag,
            Orphaned = include.Contains("orphaned"),
            Pending = include.Contains("pending"),
            Total = include.Contains("total"),
            Compact = request.View switch
            {
                null or "full" => false,
                "compact" => true,
                _ => throw Instant.Invalid("view", "is 'full' or 'compact'."),
            },
        };
    }

    /// <summary>An address in the spellings of the networks that have such a one.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>: no network has.</exception>
    public static IReadOnlyList<string> Spellings(NetworkCatalogue networks, string text) =>
        networks.All.Select(network => Addresses.Parse(network, text)).OfType<Address>().Select(address => address.Text).Distinct().ToList()
            is { Count: > 0 } known
            ? known
            : throw new DomainException("invalid-parameter", "'address' is an address's id, or an address of a network that is tracked.", "?address");

    private static string CoinsOf(string text) =>
        Decimal().IsMatch(text) ? text : throw Instant.Invalid("minCoins", "is a number of coins such as 0.5, of at most 40 digits and 30 places.");

    [GeneratedRegex(@"^[0-9]{1,40}(\.[0-9]{1,30})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    private static BigInteger AmountOf(string text) =>
        text.Length is > 0 and <= MostDigits && BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : throw Instant.Invalid("minAmount", $"is a whole number of base units, of at most {MostDigits} digits.");
}
