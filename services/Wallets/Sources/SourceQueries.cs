using Chains;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>Reads sources with how far each of their branches was looked.</summary>
internal sealed class SourceQueries(NpgsqlDataSource database, NetworkCatalogue networks, SourceRows rows)
{
    /// <summary>One source of a wallet.</summary>
    /// <exception cref="DomainException"><c>source-not-found</c>.</exception>
    public async Task<SourceView> ReadAsync(Guid walletId, Guid sourceId, CancellationToken ct)
    {
        var source = await database.FirstAsync(
            SourceView.Select + " where wallet_id = $1 and source_id = $2", [walletId, sourceId], SourceView.Read, ct)
            ?? throw new DomainException("source-not-found", "The wallet has no such source.");
        return (await CompleteAsync(walletId, [source], ct))[0];
    }

    /// <summary>A page of a wallet's sources.</summary>
    public async Task<Page<SourceView>> PageAsync(Guid walletId, PagePlace place, CancellationToken ct)
    {
        var page = await database.PageAsync(
            place, SourceView.Select + " where wallet_id = $1", "source_id", [walletId], SourceView.Read, source => source.Id, ct);
        return page with { Data = await CompleteAsync(walletId, page.Data, ct) };
    }

    private async Task<IReadOnlyList<SourceView>> CompleteAsync(Guid walletId, IReadOnlyList<SourceView> sources, CancellationToken ct)
    {
        var states = await rows.StatesAsync([.. sources.Select(source => source.Id)], ct);
        var isFull = await database.QuerySingleAsync<bool>(
            "select exists (select from wallets where wallet_id = @walletId and address_count >= @Most)",
            new { walletId, Most = Wallet.MaxAddresses }, ct);
        // A network that is not configured any more still has its sources; nothing can be said of their branches.
        return
        [
            .. sources.Select(source => networks.Find(source.Network) is { } network
                ? source.With(network, states[source.Id].ToDictionary(), isFull)
                : source),
        ];
    }
}
