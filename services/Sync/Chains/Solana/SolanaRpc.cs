using System.Buffers.Binary;
using System.Text.Json;
using Chains;

namespace Sync.Chains.Solana;

/// <summary>A signature as a list has it.</summary>
internal sealed record SolanaSignature(string Txid, long Slot, DateTimeOffset? Time);

/// <summary>A block; without a hash where it was not told, and then the time is an estimate.</summary>
internal sealed record SolanaBlock(long Slot, string? Hash, DateTimeOffset Time);

/// <summary>A slot and when its block was made.</summary>
internal sealed record SolanaTime(long Slot, DateTimeOffset Time);

/// <summary>A block as it is told, which may be without its time.</summary>
internal sealed record SolanaToldBlock(long Slot, string Hash, DateTimeOffset? Time);

/// <summary>A token account as it is: its mint, what it holds, and its bytes, by which it is known to have changed.</summary>
internal sealed record SolanaTokenAccount(string Account, string Mint, ulong Amount, string Data);

/// <summary>
/// A node's JSON-RPC as far as an address is followed with it, everything at the commitment "finalized". What answers by
/// the state of the chain is refused by a node that has not come as far as the last tip. A node of another chain
/// than the network's is refused at the first question.
/// </summary>
internal sealed class SolanaRpc(
    Network network, string provider, JsonRpc rpc, string encoding = SolanaRpc.Raw, TimeProvider? clock = null)
{
    /// <summary>The smaller encoding of transactions, which is asked for.</summary>
    public const string Raw = "json";

    /// <summary>The encoding in which the node reads instructions; read all the same.</summary>
    public const string Parsed = "jsonParsed";

    /// <summary>Signatures that a list tells at once.</summary>
    public const int MaxSignatures = 1000;

    private const string Finalized = "finalized";
    private const int Mint = 32;
    private const int Owner = 64;
    private const int Amount = 72;

    private readonly SolanaTransactionReader reader = new(provider);
    private readonly TimeProvider time = clock ?? TimeProvider.System;
    private long oursUntil;
    private (long Slot, DateTimeOffset At) seen;

    public async Task<ChainTip> TipAsync(CancellationToken ct)
    {
        var told = Value(await OneAsync(new("getLatestBlockhash", Config()), "tip", ct), out var slot);
        if (Text(told, "blockhash") is not { } hash || !SolanaAddresses.IsAccount(hash)) throw Bad("names a tip that is none");
        lock (reader) seen = (slot, time.GetUtcNow());
        return new ChainTip(slot, hash);
    }

    /// <summary>The blocks of slots; null for one in which none was made, or that is above the tip.</summary>
    public async Task<IReadOnlyDictionary<long, SolanaToldBlock?>> BlocksAsync(IReadOnlyCollection<long> slots, CancellationToken ct)
    {
        var answers = await ManyAsync([.. slots.Select(slot => new RpcQuestion("getBlock", slot, Block("none")))], "block", ct);
        return slots.Zip(answers).ToDictionary(pair => pair.First, pair => BlockOf(pair.First, pair.Second));
    }

    /// <summary>The signatures of a block, newest first.</summary>
    public async Task<IReadOnlyList<string>> OrderAsync(long slot, CancellationToken ct)
    {
        var told = Result(await OneAsync(new("getBlock", slot, Block("signatures")), "block", ct));
        return told.ValueKind is JsonValueKind.Object && told.TryGetProperty("signatures", out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(signature => signature.ValueKind is JsonValueKind.String
                ? signature.GetString()! : throw Bad("lists a signature that is none")).Reverse()]
            : throw Bad($"does not tell the signatures of block {slot}");
    }

    public async Task<Amount> BalanceAsync(string account, CancellationToken ct)
    {
        var told = Value(await OneAsync(new("getBalance", account, Config()), "balance", ct), out _);
        return told.ValueKind is JsonValueKind.Number && told.TryGetUInt64(out var lamports) ? lamports : throw Bad("answers a balance that is none");
    }

    /// <summary>The program that an account belongs to; null for an account that does not exist.</summary>
    public async Task<string?> ProgramAsync(string account, CancellationToken ct)
    {
        var told = Value(await OneAsync(new("getAccountInfo", account, With(Config(), ("encoding", "base64"))), "account", ct), out _);
        if (told.ValueKind is JsonValueKind.Null) return null;
        return Text(told, "owner") is { } program && SolanaAddresses.IsAccount(program) ? program : throw Bad("answers an account that is none");
    }

    /// <summary>The oldest slot whose block is told.</summary>
    public async Task<long> FirstSlotAsync(CancellationToken ct)
    {
        var told = Result(await OneAsync(new("getFirstAvailableBlock"), "tip", ct));
        return told.ValueKind is JsonValueKind.Number && told.TryGetInt64(out var slot) && slot >= 0
            ? slot : throw Bad("names a first block that is none");
    }

    /// <summary>The token accounts that an owner has now, of both programs.</summary>
    public async Task<IReadOnlyList<SolanaTokenAccount>> TokenAccountsAsync(string owner, CancellationToken ct)
    {
        var answers = await ManyAsync([.. SolanaRules.TokenPrograms.Select(program =>
            new RpcQuestion("getTokenAccountsByOwner", owner, new Dictionary<string, object> { ["programId"] = program },
                With(Config(), ("encoding", "base64"))))], "tokens", ct);
        var accounts = new List<SolanaTokenAccount>();
        foreach (var answer in answers)
        {
            var list = Value(answer, out _);
            if (list.ValueKind is not JsonValueKind.Array) throw Bad("answers no list of token accounts");
            accounts.AddRange(list.EnumerateArray().Select(entry => TokenAccountOf(entry, owner)));
        }

        return accounts.DistinctBy(account => account.Account).Count() == accounts.Count ? accounts : throw Bad("lists a token account twice");
    }

    /// <summary>The signatures of what named an account, newest first: those older than one, newer than another.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<SolanaSignature>>> SignaturesAsync(
        IReadOnlyList<(string Account, string? Before, string? Until)> lists, CancellationToken ct, int limit = MaxSignatures)
    {
        var answers = await ManyAsync([.. lists.Select(list => new RpcQuestion("getSignaturesForAddress", list.Account, With(Config(),
            ("limit", limit), ("before", list.Before), ("until", list.Until))))], "page", ct);
        return [.. answers.Select(answer => SignaturesOf(Result(answer), limit))];
    }

    /// <summary>Transactions by signature.</summary>
    public async Task<IReadOnlyDictionary<string, SolanaTransaction>> TransactionsAsync(
        IReadOnlyCollection<SolanaSignature> signatures, CancellationToken ct)
    {
        var (told, untold) = await TryTransactionsAsync(signatures, ct);
        return untold.Count == 0 ? told : throw untold.Values.First();
    }

    /// <summary>
    /// Transactions by signature, and why others cannot be had: one that is not told is not known yet, another cannot be read.
    /// </summary>
    /// <exception cref="ProviderException">The node does not keep what lies so far back.</exception>
    public async Task<(IReadOnlyDictionary<string, SolanaTransaction> Told, IReadOnlyDictionary<string, ProviderException> Untold)>
        TryTransactionsAsync(IReadOnlyCollection<SolanaSignature> signatures, CancellationToken ct)
    {
        var answers = await ManyAsync([.. signatures.Select(signature => new RpcQuestion("getTransaction", signature.Txid, TransactionConfig()))],
            "transaction", ct);
        var (told, untold) = (new Dictionary<string, SolanaTransaction>(), new Dictionary<string, ProviderException>());
        foreach (var (signature, answer) in signatures.Zip(answers))
        {
            if (answer.Refusal is { } refusal && !SolanaRefusals.IsOfVersion(refusal)) throw SolanaRefusals.Of(refusal, provider);
            try
            {
                if (reader.Read(Result(answer), signature.Txid) is not { } transaction)
                    untold[signature.Txid] = new(ProviderFailure.Behind, provider, $"lists {signature.Txid} and does not tell it yet");
                else if (transaction.Slot != signature.Slot)
                    untold[signature.Txid] = Contradiction($"lists {signature.Txid} in another slot than it tells it in");
                else told[signature.Txid] = transaction;
            }
            catch (ProviderException e)
            {
                untold[signature.Txid] = e;
            }
        }

        if (untold.Values.Any(e => e.Failure is ProviderFailure.Behind) && await FirstSlotAsync(ct) is var first
            && signatures.Any(signature => signature.Slot < first && untold.GetValueOrDefault(signature.Txid)?.Failure is ProviderFailure.Behind))
            throw new ProviderException(ProviderFailure.OutOfReach, provider, "does not keep what lies so far back");
        return (told, untold);
    }

    /// <summary>Whether the node has a transaction at all.</summary>
    public async Task<bool> KnowsAsync(string txid, CancellationToken ct) =>
        Result(await OneAsync(new("getTransaction", txid, TransactionConfig()), "transaction", ct)).ValueKind is not JsonValueKind.Null;

    private SolanaToldBlock? BlockOf(long slot, RpcAnswer answer)
    {
        if (answer.Refusal is { } refusal && (SolanaRefusals.IsSkipped(refusal) || SolanaRefusals.IsNotThereYet(refusal))) return null;
        var told = Result(answer);
        // Not yet confirmed, in the words of older nodes.
        if (told.ValueKind is JsonValueKind.Null) return null;
        if (Text(told, "blockhash") is not { } hash || !SolanaAddresses.IsAccount(hash)) throw Bad("answers a block that is none");
        return new SolanaToldBlock(slot, hash, reader.TimeOf(told));
    }

    // Token-2022 has the same fields in the same places and more behind them (spl-token, state.rs).
    private SolanaTokenAccount TokenAccountOf(JsonElement entry, string owner)
    {
        if (Text(entry, "pubkey") is not { } account || !SolanaAddresses.IsAccount(account) || !entry.TryGetProperty("account", out var told)
            || told.ValueKind is not JsonValueKind.Object || !told.TryGetProperty("data", out var data) || data.ValueKind is not JsonValueKind.Array
            || data.GetArrayLength() != 2 || data[0].ValueKind is not JsonValueKind.String)
            throw Bad("answers a token account that is none");
        var bytes = data[0].TryGetBytesFromBase64(out var decoded) ? decoded : [];
        if (bytes.Length < Amount || SolanaAddresses.FromAccount(network, bytes.AsSpan(Mint..Owner)).Text != owner)
            throw Bad("answers a token account of somebody else");
        return new SolanaTokenAccount(
            account, SolanaAddresses.FromAccount(network, bytes.AsSpan(..Mint)).Text,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Owner..Amount)), data[0].GetString()!);
    }

    private List<SolanaSignature> SignaturesOf(JsonElement list, int limit)
    {
        if (list.ValueKind is not JsonValueKind.Array) throw Bad("answers no list of signatures");
        if (list.GetArrayLength() > limit) throw Bad($"lists {list.GetArrayLength()} signatures where {limit} were asked for");
        var signatures = new List<SolanaSignature>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (Text(entry, "signature") is not { } txid || !SolanaAddresses.IsSignature(txid)
                || !entry.TryGetProperty("slot", out var place) || place.ValueKind is not JsonValueKind.Number || !place.TryGetInt64(out var slot)
                || slot is < 0 or > SolanaRules.MaxSlot)
                throw Bad("lists a signature that is none");
            if (Text(entry, "confirmationStatus") is { } status && status != Finalized) throw Bad("lists what is not finalized");
            if (signatures.Count > 0 && signatures[^1].Slot < slot) throw Bad("lists history out of order");
            signatures.Add(new SolanaSignature(txid, slot, reader.TimeOf(entry)));
        }

        return signatures;
    }

    private async Task<RpcAnswer> OneAsync(RpcQuestion question, string kind, CancellationToken ct) => (await ManyAsync([question], kind, ct))[0];

    private async Task<IReadOnlyList<RpcAnswer>> ManyAsync(IReadOnlyList<RpcQuestion> questions, string kind, CancellationToken ct)
    {
        if (questions.Count == 0) return [];
        if (time.GetUtcNow().UtcTicks > Interlocked.Read(ref oursUntil))
        {
            var genesis = Result((await AskAsync([new("getGenesisHash")], "chain", ct))[0]);
            if (genesis.ValueKind is not JsonValueKind.String
                || !genesis.GetString()!.StartsWith(network.Caip2["solana:".Length..], StringComparison.Ordinal))
                throw Bad($"is a provider of another chain than {network.Caip2}");
            Interlocked.Exchange(ref oursUntil, (time.GetUtcNow() + SolanaNode.Remembers).UtcTicks);
        }

        return await AskAsync(questions, kind, ct);
    }

    private Task<IReadOnlyList<RpcAnswer>> AskAsync(IReadOnlyList<RpcQuestion> questions, string kind, CancellationToken ct) =>
        rpc.AskAsync(questions, kind, (_, refusal) => SolanaRefusals.Of(refusal, provider), ct);

    private Dictionary<string, object> Config()
    {
        var config = new Dictionary<string, object> { ["commitment"] = Finalized };
        // A tip that was never true must not keep the node out for ever.
        lock (reader)
        {
            if (seen.Slot > 0 && time.GetUtcNow() - seen.At <= SolanaNode.Remembers) config["minContextSlot"] = seen.Slot;
        }

        return config;
    }

    private Dictionary<string, object> TransactionConfig() =>
        new() { ["encoding"] = encoding, ["commitment"] = Finalized, ["maxSupportedTransactionVersion"] = 0 };

    private static Dictionary<string, object> With(Dictionary<string, object> config, params (string Name, object? Value)[] more)
    {
        foreach (var (name, value) in more)
        {
            if (value is not null) config[name] = value;
        }

        return config;
    }

    private static Dictionary<string, object> Block(string details) => new()
    {
        ["commitment"] = Finalized, ["transactionDetails"] = details, ["rewards"] = false, ["maxSupportedTransactionVersion"] = 0,
    };

    private JsonElement Value(RpcAnswer answer, out long slot)
    {
        var result = Result(answer);
        slot = result.ValueKind is JsonValueKind.Object && result.TryGetProperty("context", out var context)
            && context.ValueKind is JsonValueKind.Object
            && context.TryGetProperty("slot", out var number) && number.ValueKind is JsonValueKind.Number && number.TryGetInt64(out var told)
            && told is >= 0 and <= SolanaRules.MaxSlot
                ? told : throw Bad("does not say of which slot it answers");
        return result.TryGetProperty("value", out var value) ? value : throw Bad("answers nothing");
    }

    private JsonElement Result(RpcAnswer answer) => answer.Refusal is { } refusal ? throw SolanaRefusals.Of(refusal, provider) : answer.Result;

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString() : null;

    private ProviderException Contradiction(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}
