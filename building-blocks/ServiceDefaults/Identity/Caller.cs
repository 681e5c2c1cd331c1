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
public sealed record Caller(Guid UserId, Guid KeyId, IReadOnlySet<string> Scopes, IReadOnlySet<Guid>? Wallets)
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
