using Microsoft.AspNetCore.Http;

namespace ServiceDefaults;

/// <summary>
/// The person behind a request, as the gateway vouches for it. A parameter of this type in an endpoint is filled from
/// the signed token.
/// </summary>
/// <param name="UserId">Whose data this is about.</param>
/// <param name="KeyId">The API key that was used.</param>
/// <param name="Scopes">What the key may do; see <see cref="ServiceDefaults.Scopes"/>.</param>
/// <param name="Wallets">The only wallets the key may touch, or null for all of the user's.</param>
/// <param name="Share">Where it is not the user but somebody with the link of a share, whose id stands in the key's place: what that lets see. Such
/// a caller has no scope, and nothing is open to them but <see cref="Access.RequireShare"/>.</param>
public sealed record Caller(
    Guid UserId, Guid KeyId, IReadOnlySet<string> Scopes, IReadOnlySet<Guid>? Wallets, ShareTerms? Share = null)
{
    /// <summary>Whether the key may do what needs that scope.</summary>
    public bool Has(string scope) => Scopes.Contains(scope) || Scopes.Contains(ServiceDefaults.Scopes.Admin);

    /// <summary>Whether the key may touch that wallet, if it is the user's at all.</summary>
    public bool MayUse(Guid walletId) => Wallets is null || Wallets.Contains(walletId);

    /// <summary>Refuses, as if it did not exist, a wallet that the key may not touch.</summary>
    /// <exception cref="DomainException">wallet-not-found.</exception>
    public void RequireWallet(Guid walletId)
    {
        if (!MayUse(walletId))
            throw new DomainException("wallet-not-found", "There is no such wallet.");
    }

    /// <summary>Fills an endpoint's parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Caller?>(context.Features.Get<Caller>()
            ?? throw new DomainException("forbidden", "This resource is for users; a service has none."));
}

/// <summary>What a share lets see of its wallets.</summary>
/// <param name="Label">What its owner calls it.</param>
/// <param name="ShowsAmounts">Whether amounts are shown; else parts of the whole only.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
public sealed record ShareTerms(string Label, bool ShowsAmounts, DateTimeOffset? ExpiresAt);
