using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Microsoft.AspNetCore.Mvc;
using Portfolio.Transactions;
using ServiceDefaults;

namespace Portfolio.Deposits;

/// <summary>What of a user's deposits is asked for, as it stands in the query.</summary>
public readonly record struct DepositFilterRequest(
    [property: FromQuery(Name = "wallet"), Description("Only deposits to this wallet, by its id.")] Guid? Wallet = null,
    [property: FromQuery(Name = "address"), Description("Only deposits to this address: its id in the wallet, or the address itself.")]
    string? Address = null,
    [property: FromQuery(Name = "network"), Description("Only deposits on this network, by its slug or CAIP-2 id.")] string? Network = null,
    [property: FromQuery(Name = "asset"), Description("Only this asset, by its CAIP-19 id.")] string? Asset = null,
    [property: FromQuery(Name = "status"), Description("Only deposits that stand there."),
        AllowedValues(DepositStatus.Pending, DepositStatus.Processing, DepositStatus.Completed, DepositStatus.Orphaned, DepositStatus.Replaced,
            DepositStatus.Dropped)] string? Status = null,
    [property: FromQuery(Name = "tag"), Description("Only deposits to addresses that have this tag, or whose wallet has it, in whatever case.")]
    string? Tag = null,
    [property: FromQuery(Name = "from"), InstantOrDay, Description("Only deposits first seen at this instant or later; of a day, its beginning in " +
        "UTC.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("Only deposits first seen before this instant; of a day, before its end in UTC.")]
    string? To = null);

/// <summary>What of a user's deposits is asked for.</summary>
internal sealed record DepositFilter(
    Guid? Wallet, Guid? AddressId, IReadOnlyList<string>? Address, string? Network, string? Asset, string? Status, DateTimeOffset? From,
    DateTimeOffset? To, string? Tag = null)
{
    /// <summary>What cursors are bound to.</summary>
    public string?[] Key =>
    [
        Wallet?.ToString(), AddressId?.ToString(), Address is null ? null : string.Join(' ', Address), Network, Asset, Status,
        From?.ToString("O"), To?.ToString("O"), Tag?.ToLowerInvariant(),
    ];

    /// <exception cref="DomainException"><c>invalid-parameter</c> or <c>unknown-network</c>.</exception>
    public static DepositFilter Read(NetworkCatalogue networks, DepositFilterRequest request)
    {
        if (request.Status is { } status && !DepositStatus.All.Contains(status))
            throw Instant.Invalid("status", $"is one of {string.Join(", ", DepositStatus.All)}.");
        Guid? id = Guid.TryParse(request.Address, out var known) ? known : null;
        DateTimeOffset? from = request.From is { } first ? Instant.ReadFrom(first, "from") : null;
        DateTimeOffset? to = request.To is { } last ? Instant.ReadUntil(last, "to") : null;
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");
        return new(
            request.Wallet, id, id is null && request.Address is { } text ? TransactionFilter.Spellings(networks, text) : null,
            request.Network is { } network ? networks.Require(network, "?network").Slug : null, request.Asset, request.Status, from, to, request.Tag);
    }
}
