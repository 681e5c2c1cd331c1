using System.Text.Json.Nodes;
using Contracts;
using EventSourcing;
using Sync.Ledgers;
using Sync.Walks;
using Testing.Cases;
using Xunit;

namespace Services.Sync;

/// <summary>The parts with one provider of each family, which tells one small world at a time as it is bidden.</summary>
public sealed class GeneratedParts : SyncParts, IAsyncDisposable
{
    private static readonly (string Network, string Dialect)[] Told =
        [(WorldOfCoins.Network, "esplora"), (WorldOfAccounts.Network, "etherscan + node"), (WorldOfSignatures.Network, "solana")];

    internal CaseProvider Provider { get; } = CaseProvider.Start(Told.Select(each =>
        Case(each.Network, "", new JsonObject { ["dialect"] = each.Dialect }))).GetAwaiter().GetResult();

    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers => [];

    protected override IEnumerable<(string Key, string Value)> MoreSettings => Provider.Settings()
        .Select(setting => (setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value))
        .Concat(Told.Select(each => ($"Chains:{each.Network}:RestSeconds", "0")));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        await Provider.DisposeAsync();
    }

    // As text and back: numbers are of no type then.
    internal void Tell(string network, string address, JsonObject answers) =>
        Provider.Replace(Case(network, address, JsonNode.Parse(answers.ToJsonString())!.AsObject()));

    internal async Task<Guid> Track(string network, string address)
    {
        await Execute("delete from provider_pauses");
        var wallet = Guid.CreateVersion7();
        await Tell(new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            new AddressImported(wallet, Guid.CreateVersion7(), network, address, null, DateTimeOffset.UtcNow));
        return wallet;
    }

    /// <summary>A month passes, and whatever is due by then is done; nobody asks for anything.</summary>
    internal async Task PassAMonth(Guid wallet, string address)
    {
        await Execute("delete from provider_pauses");
        await Execute("update ledger_gaps set retry_at = now()");
        await Execute("update ledgers set wanted_at = now(), read_again_at = read_again_at - interval '31 days' where address = $1", address);
        await Execute("update ledger_assets set compared_at = compared_at - interval '31 days'");
        await Sync(wallet, Triggers.Scheduled, tries: 10);
    }

    /// <summary>Somebody asks for a sync.</summary>
    internal async Task Ask(Guid wallet)
    {
        await Execute("delete from provider_pauses");
        await Execute("update ledger_gaps set retry_at = now()");
        await Resync(wallet);
    }

    /// <summary>What is told of the address as its rows have it; those that change nothing are left out.</summary>
    internal async Task<IReadOnlyList<string>> RowsOf(string address) => (string[])(await Execute("""
        select coalesce(array_agg(row order by row collate "C"), '{}') from (
            select txid || ' ' || height || ' ' || delta || coalesce((
                select string_agg(' ' || key || '=' || value, '' order by key collate "C") from jsonb_each_text(others) 
                    where value <> '0'), '') as row
            from ledger_transactions join ledgers using (ledger_id)
            where address = $1 and not orphaned
              and (delta <> 0 or exists (select from jsonb_each_text(others) where value <> '0'))) told
        """, address))!;

    /// <summary>The last verdict on every asset that was compared.</summary>
    internal async Task<IReadOnlyDictionary<string, LedgerEvent.BalanceReconciled>> VerdictsOf(string address)
    {
        var verdicts = new Dictionary<string, LedgerEvent.BalanceReconciled>();
        await foreach (var stored in Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, await LedgerOf(address)), Cancellation))
        {
            if (stored.Data is LedgerEvent.BalanceReconciled verdict) verdicts[verdict.Asset] = verdict;
        }

        return verdicts;
    }

    private static ReportedCase Case(string network, string address, JsonObject answers) => new("generated", "", network, address, "", [], answers);
}
