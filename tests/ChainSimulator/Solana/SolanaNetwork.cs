using System.Globalization;
using System.Numerics;
using ChainSimulator.Script;
using ChainSimulator.World;
using SimpleBase;

namespace ChainSimulator.Solana;

/// <summary>A block's place in the chain; slots in which none was made lie between it and its parent.</summary>
internal sealed record SolanaPlace(long Slot, string Hash, long ParentSlot, string Parent, long Time);

/// <summary>What a token account held at a moment.</summary>
internal sealed record SolanaHeld(string Account, string Mint, string Owner, string Program, BigInteger Amount);

/// <summary>A transaction in its block: its accounts in order, and all that they held before and after.</summary>
internal sealed record PlacedSolana(
    SolanaTransaction Content, string Txid, SolanaPlace Block, IReadOnlyList<string> Accounts, int Signers,
    IReadOnlyList<BigInteger> Before, IReadOnlyList<BigInteger> After, IReadOnlyList<SolanaHeld> TokensBefore, IReadOnlyList<SolanaHeld> TokensAfter)
{
    public IEnumerable<SolanaHeld> Tokens => TokensBefore.Concat(TokensAfter);
}

/// <summary>
/// One Solana chain: what happens on it is what the script says, to the lamport. Every block is final once it is made. The
/// same seed and commands give the same chain; commands and reads may come from any thread.
/// </summary>
internal sealed class SolanaNetwork
{
    /// <summary>The slot of the first block.</summary>
    public const long FirstSlot = 300_000_000;

    /// <summary>What a token account must hold to be free of rent.</summary>
    public const long Rent = 2_039_280;

    private const long FirstTime = 1_730_000_000;
    /// <summary>Has all the lamports in the beginning.</summary>
    public const string Bank = "BankBankBankBankBankBankBankBankBankBankBan";

    /// <summary>The program of tokens.</summary>
    public const string TokenProgram = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

    private const string Token2022Program = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";

    private readonly Lock gate = new();
    private readonly ulong seed;
    private readonly List<(SolanaPlace Place, IReadOnlyList<PlacedSolana> Transactions, IReadOnlyList<SolanaGift> Gifts)> blocks = [];
    private readonly Dictionary<string, PlacedSolana> transactions = [];
    private readonly Dictionary<string, List<PlacedSolana>> naming = [];
    private readonly Dictionary<string, int> places = [];
    private readonly Dictionary<string, BigInteger> lamports = [];
    private readonly Dictionary<string, SolanaHeld> tokens = [];
    private readonly Dictionary<string, string> programs = [];
    private ulong named;

    public SolanaNetwork(string slug, string genesis, ulong worldSeed)
    {
        (Slug, Genesis) = (slug, genesis);
        seed = Hash256.Of(worldSeed, 80, (ulong)genesis[0]).D;
        lamports[Bank] = BigInteger.Pow(10, 18);
        Append([], [], 0);
    }

    public string Slug { get; }

    public string Genesis { get; }

    public SolanaTip Mine(SolanaMine mine)
    {
        lock (gate)
        {
            var made = Append(mine.Transactions ?? [], mine.Gifts ?? [], mine.Skipped);
            for (var i = 1; i < mine.Blocks; i++) Append([], [], 0);
            return new SolanaTip(blocks[^1].Place.Slot, blocks[^1].Place.Hash, made);
        }
    }

    public void Own(SolanaProgram owned)
    {
        lock (gate) programs[owned.Account] = owned.Program;
    }

    /// <summary>The newest block, seen by a node that is so many blocks behind.</summary>
    public SolanaPlace Tip(int behind = 0)
    {
        lock (gate) return blocks[Math.Max(0, blocks.Count - 1 - behind)].Place;
    }

    public (SolanaPlace Place, IReadOnlyList<PlacedSolana> Transactions)? BlockAt(long slot)
    {
        lock (gate) return blocks.Find(block => block.Place.Slot == slot) is { Place: not null } found ? (found.Place, found.Transactions) : null;
    }

    public BigInteger BalanceOf(string account)
    {
        lock (gate) return lamports.GetValueOrDefault(account);
    }

    public string? ProgramOf(string account)
    {
        lock (gate)
            return programs.GetValueOrDefault(account) ?? (tokens.TryGetValue(account, out var held)
                ? held.Program : lamports.ContainsKey(account) ? "11111111111111111111111111111111" : null);
    }

    public IReadOnlyList<SolanaHeld> TokensOf(string owner, string program)
    {
        lock (gate)
            return [.. tokens.Values.Where(held => held.Owner == owner && held.Program == program)
                .OrderBy(held => held.Account, StringComparer.Ordinal)];
    }

    public PlacedSolana? Find(string txid)
    {
        lock (gate) return transactions.GetValueOrDefault(txid);
    }

    /// <summary>What named an account, newest first.</summary>
    public IReadOnlyList<PlacedSolana> Naming(string account)
    {
        lock (gate) return [.. Enumerable.Reverse(naming.GetValueOrDefault(account) ?? [])];
    }

    /// <summary>How many transactions are older; null of one that is not known.</summary>
    public int? PlaceOf(string txid)
    {
        lock (gate) return places.TryGetValue(txid, out var place) ? place : null;
    }

    public SolanaTruth TruthOf(string address)
    {
        lock (gate)
        {
            var lines = All().Where(transaction => transaction.Accounts.Contains(address) || transaction.Tokens.Any(held => held.Owner == address))
                .Select(transaction => Line(transaction, address)).ToList();
            var gifts = blocks.SelectMany(block => block.Gifts).Where(gift => gift.Account == address)
                .Aggregate(BigInteger.Zero, (sum, gift) => sum + Number(gift.Lamports));
            var held = tokens.Values.Where(held => held.Owner == address).GroupBy(held => held.Mint)
                .ToDictionary(mint => mint.Key, mint => Text(mint.Aggregate(BigInteger.Zero, (sum, held) => sum + held.Amount)));
            var tip = blocks[^1].Place;
            return new SolanaTruth(address, tip.Slot, tip.Hash, Text(lamports.GetValueOrDefault(address)), held, Text(gifts), lines);
        }
    }

    public static string Text(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);

    private static BigInteger Number(string text) => BigInteger.Parse(text, CultureInfo.InvariantCulture);

    private IEnumerable<PlacedSolana> All() => Enumerable.Reverse(blocks).SelectMany(block => block.Transactions.Reverse());

    private static SolanaTruthLine Line(PlacedSolana transaction, string address)
    {
        var own = transaction.Accounts.ToList().IndexOf(address);
        var changes = transaction.TokensAfter.Select(held => (held, Value: held.Amount))
            .Concat(transaction.TokensBefore.Select(held => (held, Value: -held.Amount)))
            .Where(change => change.held.Owner == address).GroupBy(change => change.held.Mint)
            .Select(mint => (Mint: mint.Key, Value: mint.Aggregate(BigInteger.Zero, (sum, change) => sum + change.Value)))
            .Where(mint => !mint.Value.IsZero);
        return new SolanaTruthLine(
            transaction.Txid, transaction.Block.Slot, transaction.Block.Hash, transaction.Block.Time,
            Text(own < 0 ? 0 : transaction.After[own] - transaction.Before[own]),
            own == 0 ? transaction.Content.Fee : "0", changes.ToDictionary(mint => mint.Mint, mint => Text(mint.Value)));
    }

    private List<string> Append(IReadOnlyList<SolanaTransaction> transactions, IReadOnlyList<SolanaGift> gifts, int skipped)
    {
        var parent = blocks.Count == 0 ? null : blocks[^1].Place;
        var slot = parent is null ? FirstSlot : parent.Slot + 1 + skipped;
        var place = new SolanaPlace(slot, Hash(), parent?.Slot ?? slot - 1, parent?.Hash ?? Genesis, FirstTime + ((slot - FirstSlot) * 2 / 5));
        var placed = transactions.SelectMany(content => Enumerable.Repeat(content, content.Times)).Select(content => Carry(content, place)).ToList();
        foreach (var transaction in placed)
        {
            places[transaction.Txid] = this.transactions.Count;
            this.transactions[transaction.Txid] = transaction;
            foreach (var account in transaction.Accounts)
            {
                if (!naming.TryGetValue(account, out var there)) naming[account] = there = [];
                there.Add(transaction);
            }
        }

        foreach (var gift in gifts) lamports[gift.Account] = lamports.GetValueOrDefault(gift.Account) + Number(gift.Lamports);
        blocks.Add((place, placed, gifts));
        return [.. placed.Select(transaction => transaction.Txid)];
    }

    private PlacedSolana Carry(SolanaTransaction content, SolanaPlace place)
    {
        var (signers, others) = (new List<string> { content.Payer }, new List<string>());
        foreach (var step in content.Steps ?? [])
        {
            if (step.Does is SolanaDoes.Pay) signers.Add(step.Account!);
            if (step is { Does: SolanaDoes.Open, From: { } from }) signers.Add(from);
            // A token account may be opened by an instruction before.
            if (step.Does is SolanaDoes.Close or SolanaDoes.Send or SolanaDoes.Give && (step.By ?? OwnerOf(content, step.Account)) is { } by)
                signers.Add(by);
            others.AddRange(new[] { step.Account, step.To, step.Mint, step is { Does: SolanaDoes.Open, Quiet: false }
                ? step.Owner : null }.OfType<string>());
        }

        if (content.Steps?.Any(step => step.Does is not (SolanaDoes.Pay or SolanaDoes.Name)) is true) others.Add(TokenProgram);
        var accounts = signers.Distinct().Concat(others.Except(signers)).ToList();
        var (before, tokensBefore) = (Lamports(accounts), Tokens(accounts));
        lamports[content.Payer] = Pay(content.Payer, Number(content.Fee));
        if (!content.Failed)
        {
            foreach (var step in content.Steps ?? []) Do(step, content.Payer);
        }

        return new PlacedSolana(content, Signature(), place, accounts, signers.Distinct().Count(), before, Lamports(accounts), tokensBefore,
            Tokens(accounts));
    }

    private string? OwnerOf(SolanaTransaction content, string? account) =>
        account is null ? null : tokens.GetValueOrDefault(account)?.Owner
            ?? content.Steps!.FirstOrDefault(step => step.Does is SolanaDoes.Open && step.Account == account)?.Owner;

    private void Do(SolanaStep step, string payer)
    {
        switch (step.Does)
        {
            case SolanaDoes.Pay:
                lamports[step.Account!] = Pay(step.Account!, Number(step.Amount));
                lamports[step.To!] = lamports.GetValueOrDefault(step.To!) + Number(step.Amount);
                break;
            case SolanaDoes.Open:
                if (tokens.ContainsKey(step.Account!)) throw new ScriptException($"{step.Account} is open already.");
                lamports[step.From ?? payer] = Pay(step.From ?? payer, Rent);
                lamports[step.Account!] = lamports.GetValueOrDefault(step.Account!) + Rent;
                tokens[step.Account!] = new SolanaHeld(step.Account!, step.Mint!, step.Owner!, step.Is2022 ? Token2022Program : TokenProgram, 0);
                break;
            case SolanaDoes.Close:
                if (Held(step.Account!).Amount != 0) throw new ScriptException($"{step.Account} is not empty.");
                lamports[step.To!] = lamports.GetValueOrDefault(step.To!) + lamports.GetValueOrDefault(step.Account!);
                lamports.Remove(step.Account!);
                tokens.Remove(step.Account!);
                break;
            case SolanaDoes.Send:
                if (step.Account is { } from)
                    tokens[from] = Held(from) is var sender && sender.Amount >= Number(step.Amount)
                        ? sender with { Amount = sender.Amount - Number(step.Amount) } : throw new ScriptException($"{from} has too few tokens.");
                if (step.To is { } to) tokens[to] = Held(to) with { Amount = Held(to).Amount + Number(step.Amount) };
                break;
            case SolanaDoes.Give:
                tokens[step.Account!] = Held(step.Account!) with { Owner = step.Owner! };
                break;
        }
    }

    private BigInteger Pay(string account, BigInteger value) =>
        lamports.GetValueOrDefault(account) is var has && has >= value
            ? has - value : throw new ScriptException($"{account} has {has} lamports and pays {value}.");

    private SolanaHeld Held(string account) =>
        tokens.GetValueOrDefault(account) ?? throw new ScriptException($"There is no token account {account}.");

    private List<BigInteger> Lamports(List<string> accounts) => accounts.ConvertAll(account => lamports.GetValueOrDefault(account));

    private List<SolanaHeld> Tokens(List<string> accounts) => [.. accounts.Select(tokens.GetValueOrDefault).OfType<SolanaHeld>()];

    private string Hash() => Base58.Bitcoin.Encode(Bytes(81));

    private string Signature() => Base58.Bitcoin.Encode([.. Bytes(82), .. Bytes(83)]);

    private byte[] Bytes(ulong domain)
    {
        var bytes = new byte[32];
        Hash256.Of(seed, domain, named++).CopyTo(bytes);
        bytes[0] |= 1;
        return bytes;
    }
}
