using Messaging;
using Npgsql;
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

    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public Task RequireAddressAsync(Guid walletId, Guid addressId, CancellationToken ct) =>
        RequireAddressAsync(() => HasAddressAsync(walletId, "address_id = $2", addressId, ct), ct);

    /// <summary>Requires an address by any of its spellings.</summary>
    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public Task RequireAddressAsync(Guid walletId, IReadOnlyList<string> spellings, CancellationToken ct) =>
        RequireAddressAsync(() => HasAddressAsync(walletId, "address = any($2)", spellings.ToArray(), ct), ct);

    private async Task RequireAddressAsync(Func<Task<bool>> has, CancellationToken ct)
    {
        if (await has()) return;

        await catchUp.WithAsync("wallets", ct);
        if (!await has()) throw new DomainException("address-not-found", "The wallet has no such address.");
    }

    private async Task<string?> LabelAsync(Caller caller, Guid walletId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select label from wallets where wallet_id = $1 and owner_id = $2");
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = caller.UserId });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private async Task<bool> HasAddressAsync(Guid walletId, string condition, object value, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select 1 from addresses where wallet_id = $1 and {condition} limit 1");
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
