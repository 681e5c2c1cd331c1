using System.Text.Json;
using Chains;
using Contracts;
using ServiceDefaults;

namespace Portfolio.Statements;

/// <summary>
/// Has the proofs of a statement from Sync, which asks providers and checks what they tell. Without it a statement has reasons only.
/// </summary>
internal sealed class StatementProver(IHttpClientFactory clients, NetworkCatalogue networks, ILogger<StatementProver> logger)
{
    private const int Most = 200;

    public async Task<StatementProofs> ReadAsync(Statement statement, CancellationToken ct)
    {
        var transactions = statement.Addresses
            .SelectMany(address => address.Balances.SelectMany(balance => balance.Transactions,
                (_, one) => (address.Network, one.Txid, one.BlockHash)))
            .GroupBy(one => (one.Network, one.Txid))
            .Select(same => same.MaxBy(one => one.BlockHash is not null))
            .Select(one => new Wanted<StatementTransactionProof>(one.Network, WhyNot(one.Network, one.BlockHash),
                new(one.Network, one.Txid, one.BlockHash, null, null, null))).ToList();
        foreach (var beyond in transactions.Where(one => one.WhyNot is null).Skip(Most))
            beyond.WhyNot = $"at most {Most} transactions are proved at once";
        var balances = statement.Addresses.SelectMany(address => address.Balances, (address, balance) => (address, balance))
            .Select(one => new Wanted<StatementBalanceProof>(one.address.Network, WhyNot(one.address.Network, one.balance),
                new(one.address.Network, one.address.Address, one.balance.Asset, null, null, null), one.balance)).ToList();
        foreach (var beyond in balances.Where(one => one.WhyNot is null).Skip(Most)) beyond.WhyNot = $"at most {Most} accounts are proved at once";

        // Each network has providers of its own, so all are asked at once, and it takes as long as the slowest.
        await Task.WhenAll(transactions.Select(one => one.Network).Concat(balances.Select(one => one.Network)).Distinct().Select(network => AskAsync(
            network, [.. transactions.Where(one => one.Network == network && one.WhyNot is null)],
            [.. balances.Where(one => one.Network == network && one.WhyNot is null)], statement.Present, ct)));
        return new(
            [.. transactions.Select(one => one.WhyNot is { } why ? one.Proof with { Unprovable = Statement.Unprovable + why } : one.Proof)],
            [.. balances.Select(one => one.WhyNot is { } why ? one.Proof with { Unprovable = Statement.Unprovable + why } : one.Proof)]);
    }

    private async Task AskAsync(
        string network, List<Wanted<StatementTransactionProof>> transactions, List<Wanted<StatementBalanceProof>> balances, bool orNewer,
        CancellationToken ct)
    {
        if (transactions.Count + balances.Count == 0) return;
        var asked = new ProofsWanted(
            network, transactions.ConvertAll(one => new TransactionToProve(one.Proof.Txid, one.Proof.BlockHash!)),
            balances.ConvertAll(one => new AccountToProve(
                one.Proof.Address, one.Balance!.Balance.Amount, one.Balance.Block!.Height, one.Balance.Block.Hash!, orNewer)));
        if (await ToldAsync(asked, ct) is not { } told || told.Transactions.Count != transactions.Count || told.Accounts.Count != balances.Count)
        {
            foreach (var one in transactions) one.WhyNot = "the service that asks providers does not answer just now";
            foreach (var one in balances) one.WhyNot = "the service that asks providers does not answer just now";
            return;
        }

        foreach (var (one, proven) in transactions.Zip(told.Transactions))
            (one.WhyNot, one.Proof) = (proven.WhyNot, one.Proof with { Provider = proven.Provider, Proof = proven.Proof });
        foreach (var (one, proven) in balances.Zip(told.Accounts))
            (one.WhyNot, one.Proof) = (proven.WhyNot, one.Proof with { Provider = proven.Provider, Proof = proven.Proof });
    }

    private async Task<ProofsTold?> ToldAsync(ProofsWanted wanted, CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient("sync");
            using var answer = await client.PostAsJsonAsync(new Uri("internal/proofs", UriKind.Relative), wanted, ApiJson.Options, ct);
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadFromJsonAsync<ProofsTold>(ApiJson.Options, ct);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            logger.LogWarning(e, "No proofs of {Network} could be had.", wanted.Network);
            return null;
        }
    }

    private string? WhyNot(string network, string? blockHash) => networks.Find(network)?.Family switch
    {
        ChainFamily.Utxo => blockHash is null ? "nobody has named its block yet" : null,
        ChainFamily.Evm => "nodes tell no proof of a transaction that can be had without its whole block; the balance that it makes may be proved",
        ChainFamily.Solana => "nodes of this chain tell no proofs",
        _ => "its network is not known here any more",
    };

    private string? WhyNot(string network, StatementBalance balance) => networks.Find(network) switch
    {
        { Family: ChainFamily.Evm, Native.Caip19: var native } => native != balance.Asset
            ? "where a token's contract keeps its balances, only the contract knows"
            : balance.Block is not { Hash: not null } ? "the block that it is as of has no name yet" : null,
        { Family: ChainFamily.Utxo } => "this chain commits to transactions, not to what an address holds; they may be proved",
        { Family: ChainFamily.Solana } => "nodes of this chain tell no proofs",
        _ => "its network is not known here any more",
    };

    /// <summary>Something to prove, why it cannot be, and what comes of it.</summary>
    private sealed class Wanted<T>(string network, string? whyNot, T proof, StatementBalance? balance = null)
    {
        public string Network => network;

        public StatementBalance? Balance => balance;

        public string? WhyNot { get; set; } = whyNot;

        public T Proof { get; set; } = proof;
    }
}
