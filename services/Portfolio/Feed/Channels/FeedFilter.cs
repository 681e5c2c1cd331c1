using Chains;
using Npgsql;
using Portfolio.Transactions;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>Which of a user's messages a client gets; null where it does not matter.</summary>
/// <param name="Wallets">The wallets they may be about. What is about none in particular is for keys to all wallets that ask for all.</param>
/// <param name="Addresses">The addresses they may be about.</param>
/// <param name="Types">What they may be called.</param>
internal sealed record FeedFilter(IReadOnlySet<Guid>? Wallets, IReadOnlySet<string>? Addresses, IReadOnlySet<string>? Types)
{
    public bool Takes(FeedItem item) =>
        (Types is null || Types.Contains(item.Type))
        && (Wallets is null || item.WalletId is { } wallet && Wallets.Contains(wallet))
        && (Addresses is null || item.Address is not { } address || Addresses.Contains(address));
}

/// <summary>Makes filters of what clients ask for, within what their keys may see.</summary>
internal sealed class FeedFilters(NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks)
{
    private const int MostWallets = 200;

    /// <summary>Words with commas between them.</summary>
    public static IReadOnlyCollection<string>? Words(string? text) =>
        text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <exception cref="DomainException">
    /// <c>invalid-parameter</c>, <c>wallet-not-found</c> or <c>address-not-found</c>: what another user has is as if it were not there.
    /// </exception>
    public async Task<FeedFilter> ReadAsync(
        Caller caller, IReadOnlyCollection<Guid>? wallets, string? address, IReadOnlyCollection<string>? types, CancellationToken ct)
    {
        if (wallets?.Count > MostWallets)
            throw new DomainException("invalid-parameter", $"At most {MostWallets} wallets are named; leave them out for all.", "?walletId");
        if (types?.FirstOrDefault(type => !FeedTypes.Names.Contains(type)) is { } unknown)
            throw new DomainException("invalid-parameter", $"There are no messages '{unknown}'; there are {string.Join(", ", FeedTypes.All
                .Select(kind => kind.Name))}.", "?types");

        foreach (var wallet in wallets ?? []) await access.RequireAsync(caller, wallet, ct);
        var named = wallets is { Count: > 0 } ? wallets.ToHashSet() : caller.Wallets;
        var kinds = types is { Count: > 0 } ? types.ToHashSet() : null;
        if (address is null) return new(named, null, kinds);

        var spellings = TransactionFilter.Spellings(networks, address);
        var found = (await database.QueryAsync<Place>("""
            select wallet_id, address from addresses join wallets using (wallet_id) where owner_id = @owner and address = any(@spellings)
            """, new { owner = caller.UserId, spellings = spellings.ToArray() }, ct))
            .Where(place => named is null || named.Contains(place.WalletId)).ToList();
        if (found.Count == 0) throw new DomainException("address-not-found", "None of your wallets has this address.", "?wallet_address");
        return new(found.Select(place => place.WalletId).ToHashSet(), found.Select(place => place.Address).ToHashSet(), kinds);
    }

    private sealed record Place(Guid WalletId, string Address);
}
