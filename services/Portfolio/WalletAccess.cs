using Npgsql;
using ServiceDefaults;

namespace Portfolio;

/// <summary>Whose wallet is whose: somebody else's is as if it did not exist.</summary>
internal sealed class WalletAccess(NpgsqlDataSource database)
{
    /// <summary>The wallet's label, if the caller may see it.</summary>
    /// <exception cref="DomainException"><c>wallet-not-found</c>.</exception>
    public async Task<string> RequireAsync(Caller caller, Guid walletId, CancellationToken ct)
    {
        caller.RequireWallet(walletId);
        await using var command = database.CreateCommand("select label from wallets where wallet_id = $1 and owner_id = $2");
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = caller.UserId });
        return await command.ExecuteScalarAsync(ct) as string ?? throw new DomainException("wallet-not-found", "There is no such wallet.");
    }

    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public async Task RequireAddressAsync(Guid walletId, Guid addressId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select 1 from addresses where wallet_id = $1 and address_id = $2");
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = addressId });
        if (await command.ExecuteScalarAsync(ct) is null) throw new DomainException("address-not-found", "The wallet has no such address.");
    }
}
