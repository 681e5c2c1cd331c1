using System.Numerics;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>What one of the lists of an account's history says of a transaction. Accounts are in lower case.</summary>
internal abstract record EvmRow(string Txid, long Height, string? BlockHash, DateTimeOffset Time)
{
    /// <summary>A transaction that the account signed, or that was sent to it or made it; the fee as listed, null where it is not.</summary>
    internal sealed record Sent(
        string Txid, long Height, string? BlockHash, DateTimeOffset Time, string From, string? To, string? Created, Amount Value, Amount? Fee,
        bool Failed, string Input, string? FeeCurrency = null)
        : EvmRow(Txid, Height, BlockHash, Time);

    /// <summary>
    /// A movement of the native asset inside a transaction; it may have made the contract that it pays. <c>Index</c> is its number
    /// among those of the transaction, where the list has one.
    /// </summary>
    internal sealed record Inside(string Txid, long Height, string? BlockHash, DateTimeOffset Time, string? From, string? To, string? Created,
        Amount Value, bool Failed, string? Index = null)
        : EvmRow(Txid, Height, BlockHash, Time);

    /// <summary>An ERC-20 Transfer; <c>Index</c> is its log's number, where the list has it.</summary>
    internal sealed record Token(
        string Txid, long Height, string? BlockHash, DateTimeOffset Time, string From, string To, string Contract, Amount Value, string? Symbol,
        int? Decimals, string? Index = null)
        : EvmRow(Txid, Height, BlockHash, Time);
}

/// <summary>
/// Merges what the lists say into transactions: one fact each, its movements added, none lost. A fact's <c>Fee</c> is what
/// the account itself paid; it is 0 where somebody else sent the transaction.
/// </summary>
internal sealed class EvmFacts(Network network, string account, Func<string, ProviderException> contradiction)
{
    private static readonly IReadOnlyDictionary<string, EvmCost> NoCosts = new Dictionary<string, EvmCost>();

    private readonly EvmTokens tokens = new(network, account);
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

    private ChainTransaction Merge(List<EvmRow> told, string? block, EvmCost? cost)
    {
        var rows = Once(told);
        var first = rows[0];
        if (rows.OfType<EvmRow.Sent>().Skip(1).Any()) throw contradiction($"lists {first.Txid} twice");

        var sent = rows.OfType<EvmRow.Sent>().SingleOrDefault();
        var inside = rows.OfType<EvmRow.Inside>().Where(row => !row.Failed && !IsOutermost(row, sent)).ToList();
        var moved = sent is { Failed: true } ? [] : tokens.Of(rows, sent, cost);
        var sides = new Sides(account, Spell);
        if (sent is not null)
        {
            if (IsSender(sent)) Pay(sent, cost, moved, sides);
            if (cost is { Minted.IsZero: false }) sides.Move("minted", null, null, sent.From, cost.Minted);
            // What failed moved nothing, whatever it had meant to; it cost its gas all the same.
            sides.Move("value", null, sent.From, sent.To ?? sent.Created, sent.Failed ? Amount.Zero : sent.Value);
        }

        if (sent is not { Failed: true })
        {
            foreach (var row in inside) sides.Move("inside", null, row.From, row.To ?? row.Created, row.Value);
            foreach (var row in moved.Where(row => !tokens.IsNative(row)))
                sides.Move("token", EvmRules.AssetOf(network, row.Contract), row.From, row.To, row.Value);
            foreach (var row in tokens.NativeAlone(moved, sides.NativeMovements, sides.Fee))
                sides.Move("token", null, row.From, row.To, row.Value);
        }

        return new ChainTransaction(
            first.Txid, first.Height, block, first.Time, BlockPosition: null, sides.Fee, sides.Of(null), sides.From, sides.To, Coinbase: false,
            sides.Others(), sides.Parts);
    }

    private void Pay(EvmRow.Sent sent, EvmCost? cost, IReadOnlyList<EvmRow.Token> moved, Sides sides)
    {
        var listed = sent.Fee ?? Amount.Zero;
        var currency = tokens.IsNative(cost?.Currency) ? null : cost?.Currency;
        var native = currency is null ? cost?.Fee + (cost?.InCurrency ?? Amount.Zero) : cost!.Fee;
        sides.Pay("gas", listed);
        // Not every provider's node tells it.
        if (native is { } all && all != listed) sides.Pay("cost", all - listed);
        if (currency is not null && !tokens.Tell(moved, currency, cost!.InCurrency))
            sides.Move("fee", EvmRules.AssetOf(network, currency), account, null, cost.InCurrency);
    }

    // By its place in the transaction a movement is one, and a transaction by its hash.
    private static List<EvmRow> Once(List<EvmRow> rows) =>
    [
        .. rows.DistinctBy(row => row switch
        {
            EvmRow.Inside { Index: { } index } inside => (object)("inside", index, inside.From, inside.To, inside.Created, inside.Value),
            EvmRow.Token { Index: { } index } token => ("token", index, token.Contract, token.From, token.To, token.Value),
            EvmRow.Sent sent => sent,
            _ => new object(),
        }),
    ];

    // Some tell the transaction itself once more as the first of the movements inside it, or the contract that it made. Nobody who
    // sends a transaction is called inside it before it calls, so what is numbered later is another one.
    private static bool IsOutermost(EvmRow.Inside row, EvmRow.Sent? sent) => sent is not null
        && ((row.Created is not null && row.Created == sent.Created)
            || (row.Index is null or "0" && row.From == sent.From && row.To is not null && row.To == sent.To && row.Value == sent.Value));

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

        /// <summary>What moved of the native asset so far, signed, fees apart.</summary>
        public IReadOnlyList<BigInteger> NativeMovements =>
            [.. Parts.Where(part => part.Asset is null && part.Fee.IsZero && !part.Delta.IsZero).Select(part => part.Delta.Value)];

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
