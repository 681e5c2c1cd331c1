using System.Numerics;
using Chains;

namespace Sync.Chains.Solana;

/// <summary>A token account that a transaction shows to be the address's: whether it still is after it, and whether it was made, or came
/// from somebody else, by it.</summary>
internal sealed record SolanaHolding(string Account, bool IsLeft, bool IsMade, bool IsAcquired);

/// <summary>
/// What a transaction is for one address: its own lamports, and the tokens of all token accounts that were its, each as the
/// difference of after and before. That has everything in it: transfers, fee, rent given and given back.
/// </summary>
internal sealed class SolanaFacts(Network network, string address)
{
    /// <summary>The fact; null where the transaction has nothing to do with the address (a token account in it was somebody else's then).</summary>
    public ChainTransaction? Of(SolanaTransaction transaction, SolanaBlock block, IReadOnlySet<string> accounts)
    {
        var own = transaction.IndexOf(address);
        var tokens = Tokens(transaction, accounts);
        if (own < 0 && !tokens.Any(entry => entry.IsOurs)) return null;

        var (from, to) = Sides(transaction, tokens);
        var others = tokens.Where(entry => entry.IsOurs).GroupBy(entry => entry.Tokens.Mint, entry => entry.Signed)
            .Select(mint => new AssetChange(SolanaRules.AssetOf(network, mint.Key),
                new Amount(mint.Aggregate(BigInteger.Zero, (sum, value) => sum + value))))
            .Where(change => !change.Delta.IsZero).OrderBy(change => change.Asset, StringComparer.Ordinal).ToList();
        return new ChainTransaction(
            transaction.Txid, transaction.Slot, block.Hash, block.Time, BlockPosition: null, transaction.Payer == address
                ? transaction.Fee : Amount.Zero,
            own < 0 ? Amount.Zero : transaction.DeltaAt(own), from, to, Coinbase: false, others);
    }

    /// <summary>The token accounts that were the address's before or after the transaction.</summary>
    public IReadOnlyList<SolanaHolding> Holdings(SolanaTransaction transaction, IReadOnlySet<string> accounts)
    {
        var holdings = new List<SolanaHolding>();
        foreach (var account in Tokens(transaction, accounts).Where(entry => entry.IsOurs).Select(entry => entry.Tokens.Account).Distinct())
        {
            var before = transaction.TokensBefore.FirstOrDefault(tokens => tokens.Account == account);
            var after = transaction.TokensAfter.FirstOrDefault(tokens => tokens.Account == account);
            var isLeft = after is not null && IsOurs(after, transaction, accounts);
            holdings.Add(new SolanaHolding(account, isLeft, isLeft && before is null, isLeft && before is not null
                && !IsOurs(before, transaction, accounts)));
        }

        return holdings;
    }

    private List<(SolanaTokens Tokens, BigInteger Signed, bool IsOurs)> Tokens(SolanaTransaction transaction, IReadOnlySet<string> accounts) =>
    [
        .. transaction.TokensBefore.Select(tokens => (tokens, -(BigInteger)tokens.Amount, IsOurs(tokens, transaction, accounts))),
        .. transaction.TokensAfter.Select(tokens => (tokens, (BigInteger)tokens.Amount, IsOurs(tokens, transaction, accounts))),
    ];

    // The oldest transactions name no owner; then an account known to be the address's, or called so by an instruction, is.
    private bool IsOurs(SolanaTokens tokens, SolanaTransaction transaction, IReadOnlySet<string> accounts) =>
        tokens.Owner is { } owner ? owner == address : accounts.Contains(tokens.Account) || transaction.Named.Contains((tokens.Account, address));

    // Whose lamports or tokens fell, and whose rose. The fee is told beside them.
    private (IReadOnlyList<ChainParty> From, IReadOnlyList<ChainParty> To) Sides(SolanaTransaction transaction,
        List<(SolanaTokens Tokens, BigInteger Signed, bool IsOurs)> tokens)
    {
        var (from, to) = (new List<ChainParty>(), new List<ChainParty>());
        for (var i = 0; i < transaction.Accounts.Count; i++)
            Add(transaction.Accounts[i], (transaction.DeltaAt(i) + (i == 0 ? transaction.Fee : Amount.Zero)).Value, null);
        foreach (var side in tokens.GroupBy(entry => (Owner: entry.IsOurs ? address : entry.Tokens.Owner ?? entry.Tokens.Account, entry.Tokens.Mint),
            entry => entry.Signed))
            Add(side.Key.Owner, side.Aggregate(BigInteger.Zero, (sum, value) => sum + value), SolanaRules.AssetOf(network, side.Key.Mint));
        if (from.Count == 0) from.Add(new ChainParty(transaction.Payer, Amount.Zero));
        return (from, to);

        void Add(string party, BigInteger change, string? asset)
        {
            if (change.IsZero) return;
            (change.Sign < 0 ? from : to).Add(new ChainParty(party, new Amount(BigInteger.Abs(change)), asset));
        }
    }
}
