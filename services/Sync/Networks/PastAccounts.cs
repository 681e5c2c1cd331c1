using Chains;
using Dapper;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Networks;

/// <summary>
/// The rows of past accounts. They are written before the page that taught them is handed out, so whoever reads on from
/// there finds them. They are facts of the chain and stay when an address is not tracked any more, as pages may that were kept.
/// </summary>
internal sealed class PastAccounts(NpgsqlDataSource dataSource) : IPastAccounts
{
    public async Task<IReadOnlyList<string>> OfAsync(Address address, long height, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<string>(new CommandDefinition("""
            select distinct account from past_accounts
            where network = @Slug and address = @Text and until_height >= @height and (from_height is null or from_height <= @height) order by account
            """, new { address.Network.Slug, address.Text, height }, cancellationToken: ct))).AsList();
    }

    public async Task NoteAsync(Address address, IReadOnlyCollection<PastAccount> ended, IReadOnlyCollection<(string Account, long From)> made,
        CancellationToken ct)
    {
        if (ended.Count == 0 && made.Count == 0) return;

        await using var connection = await dataSource.OpenConnectionAsync(ct);
        // What is made is the start of the next end above.
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into past_accounts (network, address, account, until_height)
            select @Slug, @Text, n.account, n.until from unnest(@accounts, @untils) as n (account, until)
            on conflict do nothing;
            update past_accounts p set from_height = n.since
            from unnest(@made, @since) as n (account, since)
            where p.network = @Slug and p.address = @Text and p.account = n.account and p.from_height is null
              and p.until_height = (select min(u.until_height) from past_accounts u
                where u.network = p.network and u.address = p.address and u.account = p.account and u.until_height >= n.since)
            """, new
        {
            address.Network.Slug, address.Text,
            accounts = ended.Select(account => account.Account).ToArray(), untils = ended.Select(account => account.Until).ToArray(),
            made = made.Select(account => account.Account).ToArray(), since = made.Select(account => account.From).ToArray(),
        }, cancellationToken: ct));
    }
}
