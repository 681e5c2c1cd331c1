using ChainSimulator.Solana;
using Chains;
using Services.Simulator;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Solana;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>The simulator's Solana chains through their nodes, without a database.</summary>
internal sealed class SolanaProvider(RunningSimulator simulator)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public SolanaNode Adapter(
        IPastAccounts? past = null, int page = SolanaNode.MaxPage, int batch = 1, string encoding = SolanaRpc.Raw,
        string network = SolanaWorlds.Mainnet, string? asked = null) =>
        new(Networks.Shipped.Find(network)!, "node", new SolanaRpc(Networks.Shipped.Find(network)!, "node",
            new JsonRpc("node", batch, (json, _, _, ct) =>
            EvmProvider.Fetch(simulator.Http, EvmProvider.Posted(simulator.Script.SolanaUrl(asked ?? network), json), ct)), encoding), past
                ?? new KeptAccounts(), page);

    public static Address Address(string account, string network = SolanaWorlds.Mainnet) =>
        (Address)Addresses.Parse(Networks.Shipped.Find(network)!, account);

    /// <summary>Reads a history as a walk does: each page asked from the one before the last, so that they overlap; each by another
    /// adapter if so wanted.</summary>
    public static async Task<(List<ChainTransaction> Facts, int Pages)> Walk(Func<SolanaNode> adapter, string account)
    {
        var (facts, pages) = (new List<ChainTransaction>(), 0);
        var (cursor, anchor) = ((Position?)null, (Position?)null);
        while (true)
        {
            var page = await adapter().PageAsync(Address(account), anchor ?? cursor, Cancellation);
            pages++;
            var rest = PageRules.Adjoin(page.Transactions, anchor ?? cursor, cursor, switchHeight: null).ShouldNotBeNull("its pages adjoin");
            facts.AddRange(rest);
            if (!page.Full) return (facts, pages);
            rest.ShouldNotBeEmpty("a full page leads on");
            cursor = page.PositionAt(page.Transactions.Count - 1);
            anchor = page.PositionAt(page.Transactions.Count - 2);
        }
    }

    public static string Shown(ChainTransaction fact) =>
        $"{fact.Txid} {fact.Height} {fact.BlockHash} {fact.BlockTime.ToUnixTimeSeconds()} {fact.Delta} {fact.Fee} " +
        $"{string.Join(' ', fact.Others!.Select(change => $"{change.Asset}={change.Delta}"))}";

    public static string Shown(Network network, SolanaTruthLine line) =>
        $"{line.Txid} {line.Slot} {line.BlockHash} {line.Time} {line.Delta} {line.Fee} " +
        string.Join(' ', line.Tokens.OrderBy(token => token.Key, StringComparer.Ordinal)
            .Select(token => $"{SolanaRules.AssetOf(network, token.Key)}={token.Value}"));

    /// <summary>What a database keeps of past accounts, in memory.</summary>
    public sealed class KeptAccounts : IPastAccounts
    {
        public List<(string Address, string Account, long Until, long? From)> Rows { get; } = [];

        public Task<IReadOnlyList<string>> OfAsync(Address address, long height, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<string>>([.. Rows.Where(row => row.Address == address.Text && row.Until >= height && !(row.From > height))
                .Select(row => row.Account).Distinct()]);

        public Task NoteAsync(Address address, IReadOnlyCollection<PastAccount> ended, IReadOnlyCollection<(string Account, long From)> made,
            CancellationToken ct)
        {
            Rows.AddRange(ended.Where(each => !Rows.Exists(row => (row.Address, row.Account, row.Until) == (address.Text, each.Account, each.Until)))
                .Select(each => (address.Text, each.Account, each.Until, (long?)null)));
            foreach (var (account, from) in made)
            {
                var above = Rows.Index().Where(row => row.Item.Address == address.Text && row.Item.Account == account && row.Item.Until >= from)
                    .OrderBy(row => row.Item.Until).ToList();
                if (above is [var (n, row), ..]) Rows[n] = row with { From = row.From ?? from };
            }

            return Task.CompletedTask;
        }
    }
}
