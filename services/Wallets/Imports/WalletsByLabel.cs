using EventSourcing;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>The wallet that a table means by a label; made where there is none.</summary>
internal sealed class WalletsByLabel(EventStore store, TimeProvider time)
{
    /// <summary>Its id; null where there is none and none is to be made.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>: several have that label; <c>forbidden</c>: the key makes none.</exception>
    public async Task<Guid?> FindAsync(Caller caller, string label, bool make, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        // Two imports of one user must not both make it.
        await work.Connection.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended('wallet by label ' || @owner, 0))", new { owner = caller.UserId.ToString() }, ct);
        var known = await work.Connection.QueryAsync<Guid>(
            "select wallet_id from wallets where owner_id = @owner and label = @label", new { owner = caller.UserId, label }, ct);
        known.RemoveAll(id => !caller.MayUse(id));
        switch (known)
        {
            case [var only]:
                return only;
            case not []:
                const string detail = "Several of your wallets have this label; name the one that is meant by its id.";
                throw new DomainException("invalid-body", detail, [new("/wallet", "ambiguous-wallet", detail)]);
        }

        if (caller.Wallets is not null) throw new DomainException("forbidden", "A key for certain wallets makes no others.", "/wallet");
        if (!make) return null;
        var command = new CreateWallet.Command(Guid.CreateVersion7(), caller.UserId, label, time.Now());
        await work.RecordAsync(Wallet.Category, command.WalletId, CreateWallet.Decide(Wallet.Initial, command), 0, Actor.Of(caller), ct);
        await work.CommitAsync(ct);
        return command.WalletId;
    }
}
