using System.Collections.Concurrent;
using Chains;
using Chains.Proofs;
using Contracts;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Sync.Providers;

namespace Sync.Proofs;

/// <summary>
/// Has proofs of providers, within their budgets, and passes on only those that it checked itself. What it had stays in memory for a while, so
/// who asks again is told the rest.
/// </summary>
internal sealed class Prover(ProviderPools pools, NetworkCatalogue networks, IOptions<ProofOptions> options, TimeProvider time)
{
    private const int AtOnce = 4;
    private const int MostKept = 4_000;
    private const string NoTime = "the time for asking was up; ask again, and it goes on where it stopped";

    private readonly ConcurrentDictionary<(string Network, string Txid, string Block), TransactionProven> kept = new();

    public async Task<ProofsTold> AnswerAsync(ProofsWanted wanted, CancellationToken ct)
    {
        if (networks.Find(wanted.Network) is not { } network)
            throw new DomainException("unknown-network", $"There is no network '{wanted.Network}'.");
        var pool = pools.Find(wanted.Network);
        // Somebody waits for it, and yet it takes nothing of what is kept for those: a statement is hundreds of requests, and not urgent.
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.Seconds), time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, clock.Token);
        var accounts = await AllAsync(wanted.Accounts, account => AccountAsync(network, pool, account, until.Token),
            account => new(account.Address, null, null, NoTime), ct);
        var transactions = await AllAsync(wanted.Transactions, transaction => TransactionAsync(network, pool, transaction, until.Token),
            transaction => new(transaction.Txid, null, null, NoTime), ct);
        return new(transactions, accounts);
    }

    private static async Task<TAnswer[]> AllAsync<TQuestion, TAnswer>(
        IReadOnlyList<TQuestion> questions, Func<TQuestion, Task<TAnswer>> answer, Func<TQuestion, TAnswer> tooLate, CancellationToken ct)
    {
        var answers = new TAnswer[questions.Count];
        await Parallel.ForAsync(0, questions.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (i, _) =>
        {
            try
            {
                answers[i] = await answer(questions[i]);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                answers[i] = tooLate(questions[i]);
            }
        });
        return answers;
    }

    private async Task<TransactionProven> TransactionAsync(Network network, ProviderPool? pool, TransactionToProve wanted, CancellationToken ct)
    {
        if (network.Family is not ChainFamily.Utxo) return new(wanted.Txid, null, null, WhyNoTransactionOf(network.Family));
        var key = (network.Slug, wanted.Txid, wanted.BlockHash);
        if (kept.TryGetValue(key, out var known)) return known;

        ct.ThrowIfCancellationRequested();
        var whyNot = "none of the network's providers tells proofs of transactions";
        foreach (var prover in pool?.TransactionProvers ?? [])
        {
            try
            {
                var proof = Checked(prover.Provider, await prover.ProofAsync(wanted.Txid, wanted.BlockHash, ct), wanted);
                if (kept.Count >= MostKept) kept.Clear();
                return kept[key] = new(wanted.Txid, prover.Provider, proof, null);
            }
            catch (ProviderException e)
            {
                pool!.Suspend(e);
                whyNot = e.Message;
            }
        }

        return new(wanted.Txid, null, null, whyNot);
    }

    private static InclusionProof Checked(string provider, InclusionProof proof, TransactionToProve wanted) =>
        proof.WhyWrong(wanted.Txid, wanted.BlockHash) is { } wrong
            ? throw new ProviderException(ProviderFailure.BadAnswer, provider, $"tells a proof that is wrong: {wrong}") : proof;

    private static async Task<AccountProven> AccountAsync(Network network, ProviderPool? pool, AccountToProve wanted, CancellationToken ct)
    {
        if (network.Family is not ChainFamily.Evm || Addresses.Parse(network, wanted.Address) is not Address address)
            return new(wanted.Address, null, null, WhyNoAccountOf(network.Family));

        ct.ThrowIfCancellationRequested();
        var whyNot = "none of the network's providers tells proofs of accounts";
        foreach (var prover in pool?.AccountProvers ?? [])
        {
            foreach (var height in wanted.OrNewer ? (long?[])[wanted.Height, null] : [wanted.Height])
            {
                try
                {
                    return new(wanted.Address, prover.Provider,
                        Checked(prover.Provider, await prover.ProofAsync(address, height, ct), wanted, height), null);
                }
                catch (ProviderException e)
                {
                    pool!.Suspend(e);
                    whyNot = e.Message;
                }
            }
        }

        return new(wanted.Address, null, null, whyNot);
    }

    private static BalanceProof Checked(string provider, BalanceProof proof, AccountToProve wanted, long? height)
    {
        var (balance, wrong) = proof.Read(wanted.Address);
        if (wrong is not null) throw Bad($"tells a proof that is wrong: {wrong}");
        if (height is { } asked && (proof.Height, proof.BlockHash) != (asked, wanted.BlockHash))
            throw Bad($"has another block than {wanted.BlockHash} at {asked}");
        return balance == wanted.Balance.Value ? proof
            : throw Bad($"proves that the account held {balance} after block {proof.Height}, not what its known transactions make");

        ProviderException Bad(string reason) => new(ProviderFailure.Contradiction, provider, reason);
    }

    private static string WhyNoTransactionOf(ChainFamily family) => family is ChainFamily.Evm
        ? "nodes tell no proof of a transaction, of which the account's proof is a sum" : "nodes of this chain tell no proofs";

    private static string WhyNoAccountOf(ChainFamily family) => family is ChainFamily.Utxo
        ? "the chain commits to transactions, not to what an address holds" : "nodes of this chain tell no proofs";
}
