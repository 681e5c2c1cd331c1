using System.Globalization;
using System.Numerics;
using ChainSimulator.Script;
using ChainSimulator.World;

namespace ChainSimulator.Evm;

/// <summary>A transaction in its block, and what it changed: native (no token) and by token, of each account.</summary>
internal sealed record PlacedEvm(EvmTransaction Content, string Txid, EvmPlace Block, int Index, long Nonce,
    IReadOnlyDictionary<(string Account, string Token), BigInteger> Changes)
{
    public BigInteger Fee => ((BigInteger)Content.Gas * Number(Content.GasPrice)) + ((BigInteger)Content.BlobGas * Number(Content.BlobGasPrice)) +
        Number(Content.L1Fee ?? "0");

    public static BigInteger Number(string text) => BigInteger.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>A block's place in the chain.</summary>
internal sealed record EvmPlace(long Height, string Hash, string Parent, long Time);

/// <summary>
/// One chain of accounts: what happens on it is what the script says, to the unit. The same seed and commands give the same
/// chain; commands and reads may come from any thread.
/// </summary>
internal sealed class EvmNetwork
{
    /// <summary>The height at which a fresh chain begins.</summary>
    public const long FirstHeight = 20_000_000;

    private const long FirstTime = 1_717_200_000;
    private const int BlockSeconds = 12;

    private readonly Lock gate = new();
    private readonly ulong seed;
    private readonly Dictionary<string, EvmToken> tokens = [];
    private readonly List<(EvmPlace Place, IReadOnlyList<PlacedEvm> Transactions, IReadOnlyDictionary<(string, string), BigInteger> Untold,
        IReadOnlyList<EvmGift> Gifts)> blocks = [];
    private readonly Dictionary<(string Account, string Token), BigInteger> balances = [];
    private readonly Dictionary<string, long> nonces = [];
    // By id, and by whoever it names, oldest first: a long chain is asked about one account at a time.
    private readonly Dictionary<string, PlacedEvm> byTxid = [];
    private readonly Dictionary<string, List<PlacedEvm>> byAccount = [];
    private readonly List<Action<EvmPlace>> listeners = [];
    private ulong named;

    public EvmNetwork(string slug, long chainId, ulong worldSeed)
    {
        (Slug, ChainId) = (slug, chainId);
        seed = Hash256.Of(worldSeed, 70, (ulong)chainId).D;
        Append([], [], [], null);
    }

    public string Slug { get; }

    public long ChainId { get; }

    public EvmPlace Tip
    {
        get
        {
            lock (gate) return blocks[^1].Place;
        }
    }

    public void Know(EvmToken token)
    {
        lock (gate) tokens[Account(token.Contract)] = token;
    }

    public EvmToken Token(string contract)
    {
        lock (gate) return tokens.GetValueOrDefault(contract) ?? new EvmToken(Slug, contract, "TKN", 18);
    }

    public EvmTip Mine(EvmMine mine)
    {
        lock (gate)
        {
            var made = Append(mine.Transactions ?? [], mine.Gifts ?? [], mine.Rebases ?? [], mine.At);
            for (var i = 1; i < mine.Blocks; i++) Append([], [], [], null);
            return new EvmTip(blocks[^1].Place.Height, blocks[^1].Place.Hash, made);
        }
    }

    public EvmTip Reorganise(EvmReorganise reorganise)
    {
        lock (gate)
        {
            if (reorganise.Depth < 1 || reorganise.Depth >= blocks.Count)
                throw new ScriptException($"There are not {reorganise.Depth} blocks to replace.");
            foreach (var (_, transactions, untold, _) in blocks[^reorganise.Depth..])
            {
                foreach (var change in transactions.SelectMany(transaction => transaction.Changes).Concat(untold))
                    balances[change.Key] -= change.Value;
                foreach (var transaction in transactions)
                {
                    nonces[Account(transaction.Content.From)]--;
                    byTxid.Remove(transaction.Txid);
                    foreach (var account in Named(transaction)) byAccount[account].Remove(transaction);
                }
            }

            blocks.RemoveRange(blocks.Count - reorganise.Depth, reorganise.Depth);
            for (var i = 0; i <= reorganise.Depth; i++) Append([], [], [], null);
            return new EvmTip(blocks[^1].Place.Height, blocks[^1].Place.Hash, []);
        }
    }

    public EvmPlace? BlockAt(long height)
    {
        lock (gate) return height < FirstHeight || height > blocks[^1].Place.Height ? null : blocks[(int)(height - FirstHeight)].Place;
    }

    /// <summary>The block of the chain with that name.</summary>
    public EvmPlace? BlockOf(string hash)
    {
        lock (gate) return blocks.Select(block => block.Place).LastOrDefault(place => place.Hash == hash);
    }

    /// <summary>Whom a block pays by no transaction.</summary>
    public IReadOnlyList<string> PaidIn(long height)
    {
        lock (gate) return [.. blocks[(int)(height - FirstHeight)].Gifts.Select(gift => Account(gift.Account))];
    }

    /// <summary>Hears of every new block from now on until it is disposed of.</summary>
    public IDisposable Listen(Action<EvmPlace> heard)
    {
        lock (gate) listeners.Add(heard);
        return new Listening(this, heard);
    }

    public BigInteger BalanceOf(string account, string token = "")
    {
        lock (gate) return balances.GetValueOrDefault((account, token));
    }

    /// <summary>The balance as it was at a block.</summary>
    public BigInteger BalanceAt(string account, string token, long height)
    {
        lock (gate)
        {
            return blocks.Where(block => block.Place.Height > height)
                .SelectMany(block => block.Transactions.SelectMany(transaction => transaction.Changes).Concat(block.Untold))
                .Where(change => change.Key == (account, token))
                .Aggregate(balances.GetValueOrDefault((account, token)), (balance, change) => balance - change.Value);
        }
    }

    /// <summary>What came to an account by no transaction, newest first.</summary>
    public IReadOnlyList<(EvmPlace Place, BigInteger Value)> GiftsOf(string account, EvmGiftKind kind, long from = 0, long to = long.MaxValue)
    {
        lock (gate)
        {
            return [.. blocks.Where(block => block.Place.Height >= from && block.Place.Height <= to).Reverse()
                .SelectMany(block => block.Gifts.Where(gift => gift.Kind == kind && Account(gift.Account) == account)
                    .Select(gift => (block.Place, PlacedEvm.Number(gift.Value))))];
        }
    }

    public long NonceOf(string account)
    {
        lock (gate) return nonces.GetValueOrDefault(account);
    }

    /// <summary>How many transactions the account had sent at a height.</summary>
    public long NonceAt(string account, long height)
    {
        lock (gate)
            return byAccount.GetValueOrDefault(account, [])
                .LongCount(transaction => transaction.Block.Height <= height && Account(transaction.Content.From) == account);
    }

    public PlacedEvm? Find(string txid)
    {
        lock (gate) return byTxid.GetValueOrDefault(txid);
    }

    /// <summary>The transactions of a range of blocks, newest first.</summary>
    public IReadOnlyList<PlacedEvm> Between(long from, long to)
    {
        lock (gate)
        {
            return [.. blocks.Where(block => block.Place.Height >= from && block.Place.Height <= to).SelectMany(block => block.Transactions)
                .OrderByDescending(transaction => transaction.Block.Height).ThenByDescending(transaction => transaction.Index)];
        }
    }

    /// <summary>Those of a range of blocks that name an account in any way, newest first.</summary>
    public IReadOnlyList<PlacedEvm> Naming(string account, long from = 0, long to = long.MaxValue)
    {
        lock (gate)
        {
            return [.. byAccount.GetValueOrDefault(account, [])
                .Where(transaction => transaction.Block.Height >= from && transaction.Block.Height <= to).Reverse()];
        }
    }

    public EvmTruth TruthOf(string account)
    {
        lock (gate)
        {
            var lines = Naming(account).Where(transaction => Touches(transaction, account))
                .Select(transaction => Line(transaction, account)).ToList();
            var untold = blocks.SelectMany(block => block.Untold).Where(change => change.Key.Item1 == account)
                .GroupBy(change => change.Key.Item2).ToDictionary(asset => asset.Key,
                    asset => Text(asset.Aggregate(BigInteger.Zero, (sum, change) => sum + change.Value)));
            var held = balances.Where(balance => balance.Key.Account == account && balance.Key.Token != "")
                .ToDictionary(balance => balance.Key.Token, balance => Text(balance.Value));
            var tip = blocks[^1].Place;
            return new EvmTruth(account, tip.Height, tip.Hash, Text(balances.GetValueOrDefault((account, ""))), held, untold, lines);
        }
    }

    public static string Account(string text) => text.ToLowerInvariant();

    private static string Text(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);

    // What a history has to list: whatever names the account, though it may change nothing.
    private static bool Touches(PlacedEvm transaction, string account) =>
        Sides(transaction, from: true).Concat(Sides(transaction, from: false)).Any(side => side.Account == account)
            || transaction.Changes.Keys.Any(change => change.Account == account);

    private static EvmTruthLine Line(PlacedEvm transaction, string account) => new(
        transaction.Txid, transaction.Block.Height, transaction.Block.Hash, transaction.Block.Time,
        Text(transaction.Changes.GetValueOrDefault((account, ""))),
        Text(Account(transaction.Content.From) == account ? transaction.Fee : BigInteger.Zero),
        transaction.Changes.Where(change => change.Key.Account == account && change.Key.Token != "" && !change.Value.IsZero)
            .ToDictionary(change => change.Key.Token, change => Text(change.Value)),
        [.. Sides(transaction, from: true)], [.. Sides(transaction, from: false)]);

    private static IEnumerable<EvmSide> Sides(PlacedEvm transaction, bool from)
    {
        var content = transaction.Content;
        yield return new EvmSide(from
            ? Account(content.From) : (content.To ?? content.Created) is { } to ? Account(to) : null, content.Failed ? "0" : content.Value, null);
        if (content.Failed) yield break;
        foreach (var inside in (content.Inside ?? []).Where(inside => !inside.Failed && IsMoving(inside)))
            yield return new EvmSide((from ? inside.From : inside.To ?? inside.Created) is { } side ? Account(side) : null, inside.Value, null);
        foreach (var move in (content.Moves ?? []).Where(move => move.IsLogged))
            yield return new EvmSide((from ? move.From : move.To) is { } side ? Account(side) : null, move.Value, Account(move.Contract));
    }

    private static HashSet<string> Named(PlacedEvm transaction)
    {
        var content = transaction.Content;
        return
        [
            .. ((string?[])[content.From, content.To, content.Created])
                .Concat((content.Inside ?? []).SelectMany(inside => (string?[])[inside.From, inside.To, inside.Created]))
                .Concat((content.Moves ?? []).SelectMany(move => (string?[])[move.From, move.To]))
                .OfType<string>().Select(Account)
        ];
    }

    private static bool IsMoving(EvmInside inside) => inside.Type is not ("delegatecall" or "staticcall" or "callcode");

    private List<string> Append(IReadOnlyList<EvmTransaction> transactions, IReadOnlyList<EvmGift> gifts, IReadOnlyList<EvmMove> rebases, long? at)
    {
        var before = blocks.Count == 0 ? null : blocks[^1].Place;
        var place = new EvmPlace(before?.Height + 1 ?? FirstHeight, Name(), before?.Hash ?? "0x" + new string('0', 64),
            Math.Max(at ?? 0, before?.Time + BlockSeconds ?? FirstTime));
        var placed = new List<PlacedEvm>();
        foreach (var content in transactions.SelectMany(content => Enumerable.Repeat(content, content.Times)))
        {
            var nonce = nonces.GetValueOrDefault(Account(content.From));
            nonces[Account(content.From)] = nonce + 1;
            var transaction = new PlacedEvm(content, Name(), place, placed.Count, nonce, new Dictionary<(string, string), BigInteger>());
            transaction = transaction with { Changes = ChangesOf(transaction) };
            placed.Add(transaction);
            byTxid.Add(transaction.Txid, transaction);
            foreach (var account in Named(transaction))
            {
                if (!byAccount.TryGetValue(account, out var naming)) byAccount.Add(account, naming = []);
                naming.Add(transaction);
            }
        }

        var untold = new Dictionary<(string, string), BigInteger>();
        foreach (var gift in gifts) Add(untold, gift.Account, "", PlacedEvm.Number(gift.Value));
        foreach (var rebase in rebases) Move(untold, rebase);
        foreach (var change in placed.SelectMany(transaction => transaction.Changes).Concat(untold))
            balances[change.Key] = balances.GetValueOrDefault(change.Key) + change.Value;
        blocks.Add((place, placed, untold, gifts));
        foreach (var listener in listeners) listener(place);
        return [.. placed.Select(transaction => transaction.Txid)];
    }

    private static Dictionary<(string, string), BigInteger> ChangesOf(PlacedEvm transaction)
    {
        var (content, changes) = (transaction.Content, new Dictionary<(string, string), BigInteger>());
        Add(changes, content.From, "", PlacedEvm.Number(content.Mint ?? "0") - transaction.Fee);
        if (content.Failed) return changes;

        Add(changes, content.From, "", -PlacedEvm.Number(content.Value));
        Add(changes, content.To ?? content.Created, "", PlacedEvm.Number(content.Value));
        foreach (var inside in (content.Inside ?? []).Where(inside => !inside.Failed && IsMoving(inside)))
        {
            Add(changes, inside.From, "", -PlacedEvm.Number(inside.Value));
            Add(changes, inside.To ?? inside.Created, "", PlacedEvm.Number(inside.Value));
        }

        foreach (var move in content.Moves ?? []) Move(changes, move);
        return changes;
    }

    private static void Move(Dictionary<(string, string), BigInteger> changes, EvmMove move)
    {
        Add(changes, move.From, Account(move.Contract), -PlacedEvm.Number(move.Value));
        Add(changes, move.To, Account(move.Contract), PlacedEvm.Number(move.Arrives ?? move.Value));
    }

    private static void Add(Dictionary<(string, string), BigInteger> changes, string? account, string token, BigInteger value)
    {
        if (account is null) return;
        changes[(Account(account), token)] = changes.GetValueOrDefault((Account(account), token)) + value;
    }

    private sealed class Listening(EvmNetwork network, Action<EvmPlace> heard) : IDisposable
    {
        public void Dispose()
        {
            lock (network.gate) network.listeners.Remove(heard);
        }
    }

    private string Name() => $"0x{Hash256.Of(seed, 71, named++)}";
}
