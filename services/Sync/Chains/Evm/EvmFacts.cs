using System.Numerics;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>What one of the lists of an account's history says of a transaction. Accounts are in lower case.</summary>
internal abstract record EvmRow(string Txid, long Height, string? BlockHash, DateTimeOffset Time)
{
    /// <summary>A transaction that the account signed, or that was sent to it or made it.</summary>
    internal sealed record Sent(
        string Txid, long Height, string? BlockHash, DateTimeOffset Time, string From, string? To, string? Created, Amount Value, Amount Fee,
        bool Failed, string Input)
        : EvmRow(Txid, Height, BlockHash, Time);

    /// <summary>A movement of the native asset inside a transaction; it may have made the contract that it pays.</summary>
    internal sealed record Inside(string Txid, long Height, string? BlockHash, DateTimeOffset Time, string? From, string? To, string? Created,
        Amount Value, bool Failed)
        : EvmRow(Txid, Height, BlockHash, Time);

    /// <summary>An ERC-20 Transfer.</summary>
    internal sealed record Token(
        string Txid, long Height, string? BlockHash, DateTimeOffset Time, string From, string To, string Contract, Amount Value, string? Symbol,
        int? Decimals)
        : EvmRow(Txid, Height, BlockHash, Time);
}

/// <summary>What the node adds to a transaction that the account sent: all it cost, where that is known better, and what it minted.</summary>
internal sealed record EvmCost(Amount? Fee, Amount Minted);

/// <summary>
/// Merges what the lists say into transactions: one fact each, its movements added, none lost. A fact's <c>Fee</c> is what
/// the account itself paid; it is 0 where somebody else sent the transaction.
/// </summary>
internal sealed class EvmFacts(Network network, string account, Func<string, ProviderException> contradiction)
{
    private const string Nobody = "0x0000000000000000000000000000000000000000";
    private const string Deposit = "0xd0e30db0";
    private const string Withdraw = "0x2e1a7d4d";
    private const int CallWithOneWord = 2 + 8 + 64;

    private static readonly IReadOnlyDictionary<string, EvmCost> NoCosts = new Dictionary<string, EvmCost>();

    private readonly string? wrapped = EvmRules.WrappedNative(EvmRules.ChainId(network));
    private readonly Dictionary<string, string> spelled = [];

    /// <summary>Newest first; inside a block by txid, descending, which every provider knows and none tells otherwise.</summary>
    public IReadOnlyList<ChainTransaction> Merge(IEnumerable<EvmRow> rows, IReadOnlyDictionary<string, EvmCost>? costs = null)
    {
        var facts = rows.GroupBy(row => row.Height).OrderByDescending(block => block.Key)
            .SelectMany(block => MergeBlock([.. block], costs ?? NoCosts)).ToList();
        return facts.DistinctBy(fact => fact.Txid).Count() == facts.Count ? facts : throw contradiction("lists a transaction in two blocks");
    }

    // The list of movements inside names no blocks; the others may name the same one.
    private IEnumerable<ChainTransaction> MergeBlock(List<EvmRow> rows, IReadOnlyDictionary<string, EvmCost> costs)
    {
        var block = rows.Select(row => row.BlockHash).FirstOrDefault(hash => hash is not null);
        if (rows.Exists(row => (row.BlockHash ?? block) != block || row.Time != rows[0].Time))
            throw contradiction($"tells of two blocks at height {rows[0].Height}");
        return rows.GroupBy(row => row.Txid).OrderByDescending(group => group.Key, StringComparer.Ordinal)
            .Select(group => Merge([.. group], block, costs.GetValueOrDefault(group.Key)));
    }

    /// <summary>What follows a place; one that is gone leads nowhere.</summary>
    public IReadOnlyList<ChainTransaction> Rest(IReadOnlyList<ChainTransaction> facts, Position? after)
    {
        if (after is null) return facts;
        for (var i = 0; i < facts.Count; i++)
        {
            if (facts[i].Txid == after.Txid) return [.. facts.Skip(i + 1)];
        }

        throw contradiction($"does not list {after.Txid} any more");
    }

    /// <summary>Whether the account paid for it.</summary>
    public bool IsSender(EvmRow.Sent row) => row.From == account;

    private ChainTransaction Merge(List<EvmRow> rows, string? block, EvmCost? cost)
    {
        var first = rows[0];
        if (rows.OfType<EvmRow.Sent>().Skip(1).Any()) throw contradiction($"lists {first.Txid} twice");

        var sent = rows.OfType<EvmRow.Sent>().SingleOrDefault();
        var sides = new Sides(account, Spell);
        if (sent is not null)
        {
            if (IsSender(sent)) sides.Pay("gas", sent.Fee);
            // Not every provider's node tells it.
            if (IsSender(sent) && cost?.Fee is { } all && all != sent.Fee) sides.Pay("cost", all - sent.Fee);
            if (cost is { Minted.IsZero: false }) sides.Move("minted", null, null, sent.From, cost.Minted);
            // What failed moved nothing, whatever it had meant to; it cost its gas all the same.
            sides.Move("value", null, sent.From, sent.To ?? sent.Created, sent.Failed ? Amount.Zero : sent.Value);
        }

        if (sent is not { Failed: true })
        {
            // Some tell the making of a contract by a transaction once more as a movement inside it.
            foreach (var row in rows.OfType<EvmRow.Inside>().Where(row => !row.Failed && !(row.Created is not null && row.Created == sent?.Created)))
                sides.Move("inside", null, row.From, row.To ?? row.Created, row.Value);
            foreach (var row in rows.OfType<EvmRow.Token>())
                sides.Move("token", EvmRules.AssetOf(network, row.Contract), row.From, row.To, row.Value);
            if (sent is not null) Wrap(sent, rows, sides);
        }

        return new ChainTransaction(
            first.Txid, first.Height, block, first.Time, BlockPosition: null, sides.Fee, sides.Of(null), sides.From, sides.To, Coinbase: false,
            sides.Others(), sides.Parts);
    }

    // WETH9 and its copies log a deposit or withdrawal, but not as a Transfer; some providers list it as one nevertheless.
    private void Wrap(EvmRow.Sent sent, List<EvmRow> rows, Sides sides)
    {
        if (wrapped is null || sent.To != wrapped || !IsSender(sent)) return;
        if (rows.OfType<EvmRow.Token>().Any(row => row.Contract == wrapped
            && (row.From == Nobody || row.To == Nobody || row.From == wrapped || row.To == wrapped)))
            return;

        var asset = EvmRules.AssetOf(network, wrapped);
        if (sent.Input is "0x" or "" || sent.Input.StartsWith(Deposit, StringComparison.Ordinal))
        {
            if (!sent.Value.IsZero) sides.Move("token", asset, wrapped, account, sent.Value);
        }
        else if (sent.Input.StartsWith(Withdraw, StringComparison.Ordinal) && sent.Input.Length >= CallWithOneWord)
        {
            if (EvmRules.Word("0x" + sent.Input[10..CallWithOneWord]) is { } value) sides.Move("token", asset, account, wrapped, value);
        }
    }

    private string? Spell(string? of)
    {
        if (of is null) return null;
        if (!spelled.TryGetValue(of, out var text)) spelled[of] = text = EvmRules.Spell(network, of);
        return text;
    }

    private sealed class Sides(string account, Func<string?, string?> spell)
    {
        private readonly Dictionary<string, BigInteger> sums = new() { [""] = BigInteger.Zero };

        public List<ChainParty> From { get; } = [];

        public List<ChainParty> To { get; } = [];

        public List<ChainPart> Parts { get; } = [];

        public Amount Fee { get; private set; } = Amount.Zero;

        public void Move(string list, string? asset, string? from, string? to, Amount value)
        {
            var (giving, taking) = (new ChainParty(spell(from), value, asset), new ChainParty(spell(to), value, asset));
            From.Add(giving);
            To.Add(taking);
            var delta = (to == account ? value.Value : 0) - (from == account ? value.Value : 0);
            sums[asset ?? ""] = sums.GetValueOrDefault(asset ?? "") + delta;
            Parts.Add(new ChainPart(list, asset, new Amount(delta), Amount.Zero, giving, taking));
        }

        public void Pay(string list, Amount fee)
        {
            Fee += fee;
            sums[""] -= fee.Value;
            Parts.Add(new ChainPart(list, null, -fee, fee, null, null));
        }

        public Amount Of(string? asset) => new(sums[asset ?? ""]);

        // A movement to oneself, or of nothing (anyone can log one in anybody's name), changes nothing.
        public IReadOnlyList<AssetChange> Others() =>
            [.. sums.Where(sum => sum.Key is not "" && !sum.Value.IsZero).OrderBy(sum => sum.Key, StringComparer.Ordinal)
                .Select(sum => new AssetChange(sum.Key, new Amount(sum.Value)))];
    }
}
