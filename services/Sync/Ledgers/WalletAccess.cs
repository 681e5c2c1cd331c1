using Dapper;
using Messaging;
using Npgsql;
using ServiceDefaults;

namespace Sync.Ledgers;

/// <summary>Whose wallet is whose: somebody else's is as if it did not exist.</summary>
internal sealed class WalletAccess(NpgsqlDataSource database, InboxCatchUp catchUp)
{
    /// <exception cref="DomainException"><c>wallet-not-found</c>.</exception>
    public async Task RequireAsync(Caller caller, Guid walletId, CancellationToken ct)
    {
        caller.RequireWallet(walletId);
        var owner = await OwnerAsync(walletId, ct);
        if (owner is null)
        {
            // Its creation may just not have arrived.
            await catchUp.WithAsync("wallets", ct);
            owner = await OwnerAsync(walletId, ct);
        }

        if (owner != caller.UserId) throw new DomainException("wallet-not-found", "There is no such wallet.");
    }

    private async Task<Guid?> OwnerAsync(Guid walletId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            "select owner_id from wallets where wallet_id = @walletId", new { walletId }, cancellationToken: ct));
    }
}
