using Messaging;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio;

/// <summary>Whose wallet is whose: somebody else's is as if it did not exist.</summary>
internal sealed class WalletAccess(NpgsqlDataSource database, InboxCatchUp catchUp)
{
    /// <summary>The wallet's label, if the caller may see it.</summary>
    /// <exception cref="DomainException"><c>wallet-not-found</c>.</exception>
    public async Task<string> RequireAsync(Caller caller, Guid walletId, CancellationToken ct)
    {
        caller.RequireWallet(walletId);
        if (await LabelAsync(caller, walletId, ct) is { } known) return known;

        // Its creation may just not have arrived.
        await catchUp.WithAsync("wallets", ct);
        return await LabelAsync(caller, walletId, ct) ?? throw new DomainException("wallet-not-found", "There is no such wallet.");
    }

    /// <summary>The wallets that the caller may see, or the one that is asked for.</summary>
    /// <exception cref="DomainException"><c>wallet-not-found</c>.</exception>
    public async Task<IReadOnlyList<Guid>> ListAsync(Caller caller, Guid? only, CancellationToken ct)
    {
        if (only is { } wallet)
        {
            await RequireAsync(caller, wallet, ct);
            return [wallet];
        }

        var all = await database.QueryAsync<Guid>("select wallet_id from wallets where owner_id = @owner", new { owner = caller.UserId }, ct);
        return caller.Wallets is { } visible ? [.. all.Where(visible.Contains)] : all;
    }

    /// <summary>An address by its id.</summary>
    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public Task<IReadOnlyList<Guid>> RequireAddressAsync(Guid walletId, Guid addressId, CancellationToken ct) =>
        RequireAddressAsync(() => AddressesAsync("address_id = @wanted", new { walletId, wanted = addressId }, ct), ct);

    /// <summary>An address by any of its spellings; several where more than one network has it.</summary>
    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public Task<IReadOnlyList<Guid>> RequireAddressAsync(Guid walletId, IReadOnlyList<string> spellings, CancellationToken ct) =>
        RequireAddressAsync(() => AddressesAsync("address = any(@wanted)", new { walletId, wanted = spellings.ToArray() }, ct), ct);

    private async Task<IReadOnlyList<Guid>> RequireAddressAsync(Func<Task<IReadOnlyList<Guid>>> read, CancellationToken ct)
    {
        if (await read() is { Count: > 0 } known) return known;

        await catchUp.WithAsync("wallets", ct);
        return await read() is { Count: > 0 } arrived ? arrived : throw new DomainException("address-not-found", "The wallet has no such address.");
    }

    private Task<string?> LabelAsync(Caller caller, Guid walletId, CancellationToken ct) => database.ScalarAsync<string>(
        "select label from wallets where wallet_id = @walletId and owner_id = @owner", new { walletId, owner = caller.UserId }, ct);

    private async Task<IReadOnlyList<Guid>> AddressesAsync(string condition, object values, CancellationToken ct) =>
        await database.QueryAsync<Guid>($"select address_id from addresses where wallet_id = @walletId and {condition}", values, ct);
}
