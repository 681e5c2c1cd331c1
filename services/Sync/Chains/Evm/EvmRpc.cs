using System.Runtime.CompilerServices;
using System.Text.Json;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>A token's movement as its contract logged it.</summary>
internal sealed record EvmTransferLog(string Txid, long Height, string BlockHash, long Index, string Contract, string From, string To, Amount Value);

/// <summary>
/// JSON-RPC 2.0 of a node (ethereum/execution-apis). Questions of a kind go in batches. A node of another chain than the
/// network's is refused at the first question.
/// </summary>
internal sealed partial class EvmRpc(Network network, string provider, PostQuestions post, int batch = EvmRpc.MaxBatch) : IEvmNode
{
    /// <summary>The most questions in a batch; public nodes refuse large ones.</summary>
    public const int MaxBatch = 20;

    // Parts of a range that are asked for what is few and old; who takes smaller ones only is not asked on.
    private const int MostRanges = 60;

    // A range is halved to one block within so many.
    private const int MostOpen = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly JsonRpc rpc = new(provider, batch, post);
    private volatile bool isOurs;

    public bool TellsReceipts => true;

    public bool TellsContents => true;

    public async Task<EvmBlock?> BlockAsync(long? height, CancellationToken ct)
    {
        var block = Result(await OneAsync(new("eth_getBlockByNumber", Tag(height), false), "block", ct));
        if (block.ValueKind is JsonValueKind.Null) return height is null ? throw Bad("has no tip") : null;
        return BlockOf(block, height, Bad);
    }

    public async Task<Amount> BalanceAsync(string account, long? at, CancellationToken ct) =>
        QuantityOf(State(await OneAsync(new("eth_getBalance", account, Tag(at)), "balance", ct), at), "a balance");

    public async Task<Amount?> GenesisAsync(string account, CancellationToken ct)
    {
        var answer = await OneAsync(new("eth_getBalance", account, "0x0"), "balance", ct);
        // Nodes that keep no old states say so in many words.
        return answer.Error is RpcError.NoState or RpcError.Other or RpcError.Broken ? null : QuantityOf(Result(answer), "a balance");
    }

    /// <summary>How many transactions the account has sent.</summary>
    public async Task<long> SentAsync(string account, CancellationToken ct) =>
        EvmRules.Height(TextOf(Result(await OneAsync(new("eth_getTransactionCount", account, "latest"), "count", ct))))
            ?? throw Bad("answers a count that is none");

    public async Task<IReadOnlyDictionary<string, Amount>> TokensAsync(string account, IReadOnlyCollection<string> contracts, long? at,
        CancellationToken ct)
    {
        var told = new Dictionary<string, Amount>();
        var answers = await ManyAsync([.. contracts.Select(contract => new RpcQuestion("eth_call", BalanceOf(account, contract), Tag(at)))],
            "balance", ct);
        foreach (var (contract, answer) in contracts.Zip(answers))
        {
            // A contract that fails, in whichever way, or none at all, has no balance to tell; that says nothing of the others.
            if (answer.Error is not (null or RpcError.NoState or RpcError.UnknownMethod)) continue;
            if (EvmRules.Word(TextOf(State(answer, at))) is { } balance) told[contract] = balance;
        }

        return told;
    }

    public async Task<IReadOnlyDictionary<string, EvmReceipt>> ReceiptsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var answers = await ManyAsync([.. hashes.Select(hash => new RpcQuestion("eth_getTransactionReceipt", hash))], "receipt", ct);
        // Who has thrown away old receipts says so in many words (EIP-4444).
        return hashes.Zip(answers).Where(pair => pair.Second.Error is not (RpcError.NoState or RpcError.Other))
            .Select(pair => (Hash: pair.First, Answer: Result(pair.Second))).Where(pair => pair.Answer.ValueKind is not JsonValueKind.Null)
            .ToDictionary(pair => pair.Hash, pair => EvmReceipts.Of(pair.Answer, pair.Hash, Bad));
    }

    public async Task<IReadOnlyDictionary<string, EvmEnvelope>> TransactionsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var answers = await ManyAsync([.. hashes.Select(hash => new RpcQuestion("eth_getTransactionByHash", hash))], "transaction", ct);
        return hashes.Zip(answers, (hash, answer) => (Hash: hash, Told: Result(answer))).Where(pair => pair.Told.ValueKind is not JsonValueKind.Null)
            .ToDictionary(pair => pair.Hash, pair => new EvmEnvelope(
                pair.Hash, Amount("gasPrice", pair), Amount("mint", pair) ?? default, EvmRules.Account(Field(pair.Told, "feeCurrency")),
                Field(pair.Told, "input") ?? ""));

        Amount? Amount(string name, (string Hash, JsonElement Told) of) => Field(of.Told, name) is { } text
            ? EvmRules.Quantity(text) ?? throw Bad($"answers a transaction {of.Hash} with a {name} that is no quantity") : null;
    }

    /// <summary>
    /// The movements of tokens from and to an account in a range of blocks, oldest first; a range that the node calls too large
    /// is asked in halves.
    /// </summary>
    public async Task<IReadOnlyList<EvmTransferLog>> TransfersAsync(string account, long from, long to, CancellationToken ct)
    {
        var logs = new Dictionary<(string, long), EvmTransferLog>();
        foreach (string?[] topics in (string?[][])[[EvmRules.Transfer, EvmRules.Padded(account)],
            [EvmRules.Transfer, null, EvmRules.Padded(account)]])
        {
            await foreach (var (entry, range) in LogsAsync(null, topics, from, to, int.MaxValue, ct))
            {
                if (LogOf(entry, range) is { } log) logs[(log.BlockHash, log.Index)] = log;
            }
        }

        return [.. logs.Values.OrderBy(log => log.Height).ThenBy(log => log.Index)];
    }

    public async Task<IReadOnlyList<OffLedgerChange>> BridgedAsync(IReadOnlyCollection<string> contracts, string account, long from, long to,
        string @class, CancellationToken ct)
    {
        var deposits = new Dictionary<(string?, long?), OffLedgerChange>();
        string?[] topics = [EvmRules.Bridged, null, EvmRules.Padded(account)];
        await foreach (var (entry, range) in LogsAsync(contracts, topics, from, to, MostRanges, ct))
        {
            if (EvmRules.Height(Field(entry, "blockNumber")) is not { } height || height < range.From || height > range.To
                || EvmRules.Account(Field(entry, "address")) is not { } contract || !contracts.Contains(contract)
                || EvmRules.Word(Field(entry, "data")) is not { } value)
                throw Bad("answers a log that cannot be");
            deposits[(Field(entry, "blockHash"), EvmRules.Height(Field(entry, "logIndex")))] = new OffLedgerChange(@class, height, value);
        }

        return [.. deposits.Values];
    }

    /// <summary>The logs of a range of blocks, each with the part of it that was asked; a part that is called too large is asked in
    /// halves.</summary>
    private async IAsyncEnumerable<(JsonElement Log, (long From, long To) Range)> LogsAsync(
        IReadOnlyCollection<string>? contracts, string?[] topics, long from, long to, int most, [EnumeratorCancellation] CancellationToken ct)
    {
        var left = new Stack<(long From, long To)>([(from, to)]);
        for (var asked = 0; left.TryPop(out var range); asked++)
        {
            if (asked >= most || left.Count > MostOpen)
                throw new ProviderException(ProviderFailure.OutOfReach, provider, "tells logs of a few blocks at once only");
            var filter = new Dictionary<string, object?>
            {
                ["fromBlock"] = EvmRules.Quantity(range.From), ["toBlock"] = EvmRules.Quantity(range.To), ["topics"] = topics,
            };
            if (contracts is not null) filter["address"] = contracts;
            Answer answer;
            try
            {
                answer = await OneAsync(new("eth_getLogs", filter), "logs", ct);
            }
            catch (ProviderException e) when (e.MayBeTooMuch && range.From < range.To)
            {
                answer = new Answer(default, RpcError.TooLarge);
            }

            if (answer.Error is RpcError.TooLarge)
            {
                if (range.From >= range.To)
                    throw new ProviderException(ProviderFailure.OutOfReach, provider, $"does not tell all logs of block {range.From}");
                var middle = range.From + ((range.To - range.From) / 2);
                left.Push((middle + 1, range.To));
                left.Push((range.From, middle));
                continue;
            }

            var told = Result(answer);
            if (told.ValueKind is not JsonValueKind.Array) throw Bad("answers no list of logs");
            foreach (var entry in told.EnumerateArray().Where(entry => !IsRemoved(entry))) yield return (entry, range);
        }

        static bool IsRemoved(JsonElement log) => log.ValueKind is JsonValueKind.Object && log.TryGetProperty("removed", out var removed)
            && removed.ValueKind is JsonValueKind.True;
    }

    /// <summary>Reads a block; <paramref name="height"/> is the one that was asked for.</summary>
    public static EvmBlock BlockOf(JsonElement block, long? height, Func<string, ProviderException> bad)
    {
        if (EvmRules.Height(Field(block, "number")) is not { } number || Field(block, "hash") is not { } hash || !EvmRules.IsHash(hash)
            || Field(block, "parentHash") is not { } parent || !EvmRules.IsHash(parent)
            || EvmRules.Height(Field(block, "timestamp")) is not ({ } time and <= 7_000_000_000))
            throw bad("answers a block that is none");
        return number == (height ?? number)
            ? new EvmBlock(number, hash, parent, DateTimeOffset.FromUnixTimeSeconds(time)) : throw bad("answers another block than was asked for");
    }

    // An NFT's transfer has the same first topic but names its token by a fourth.
    private EvmTransferLog? LogOf(JsonElement log, (long From, long To) range)
    {
        if (log.ValueKind is not JsonValueKind.Object || !log.TryGetProperty("topics", out var list) || list.ValueKind is not JsonValueKind.Array)
            throw Bad("answers a log that is none");
        var topics = list.EnumerateArray().Where(topic => topic.ValueKind is not JsonValueKind.Null).Select(TextOf).ToList();
        if (topics.Count != 3 || topics[0] != EvmRules.Transfer) return null;
        if (Field(log, "transactionHash") is not { } hash || !EvmRules.IsHash(hash) || Field(log, "blockHash") is not { } block
            || !EvmRules.IsHash(block)
            || EvmRules.Height(Field(log, "blockNumber")) is not { } height || height < range.From || height > range.To
            || EvmRules.Height(Field(log, "logIndex")) is not { } index
            || EvmRules.Account(Field(log, "address")) is not { } contract || AccountOf(topics[1]) is not { } from
            || AccountOf(topics[2]) is not { } to)
            throw Bad("answers a log that cannot be");
        return EvmRules.Word(Field(log, "data")) is { } value ? new EvmTransferLog(hash, height, block, index, contract, from, to, value) : null;

        static string? AccountOf(string? topic) => EvmRules.IsHash(topic) ? EvmRules.Account("0x" + topic![26..]) : null;
    }

    private static Dictionary<string, object?> BalanceOf(string account, string contract) =>
        new() { ["to"] = contract, ["data"] = "0x70a08231" + EvmRules.Padded(account)[2..] };

    private async Task<Answer> OneAsync(RpcQuestion question, string kind, CancellationToken ct) => (await ManyAsync([question], kind, ct))[0];

    private async Task<IReadOnlyList<Answer>> ManyAsync(IReadOnlyList<RpcQuestion> questions, string kind, CancellationToken ct)
    {
        if (!isOurs)
        {
            var chain = EvmRules.Quantity(TextOf(Result((await AskAsync([new("eth_chainId")], "chain", ct))[0])));
            if (chain != EvmRules.ChainId(network)) throw Bad($"is a provider of another chain than {network.Caip2}");
            isOurs = true;
        }

        return await AskAsync(questions, kind, ct);
    }

    private async Task<IReadOnlyList<Answer>> AskAsync(IReadOnlyList<RpcQuestion> questions, string kind, CancellationToken ct) =>
        [.. questions.Zip(await rpc.AskAsync(questions, kind,
            (question, refusal) => Failure(RpcErrors.Of(question.Method, refusal.Code, refusal.Message)), ct), (question, told) => new Answer(
            told.Result, told.Refusal is { } refusal ? RpcErrors.Of(question.Method, refusal.Code, refusal.Message) : null))];

    private static string Tag(long? height) => height is { } block ? EvmRules.Quantity(block) : "latest";

    // A block that is named was told a moment ago, but a node beside may not have it yet, and none keeps states for long.
    private JsonElement State(Answer answer, long? at) => at is not null && answer.Error is RpcError.NoState
        ? throw new ProviderException(ProviderFailure.Behind, provider, "has no state of a block near its tip")
        : Result(answer);

    private JsonElement Result(Answer answer) => answer.Error is { } error ? throw Failure(error) : answer.Result;

    private ProviderException Failure(RpcError error) => error switch
    {
        RpcError.RateLimited => new(ProviderFailure.RateLimited, provider, "rate limited", Patience),
        RpcError.UnknownMethod => new(ProviderFailure.OutOfReach, provider, "does not know the method that is asked"),
        RpcError.NoState => new(ProviderFailure.OutOfReach, provider, "has no state of the block that is asked for"),
        RpcError.TooLarge => new(ProviderFailure.OutOfReach, provider, "does not tell so much at once"),
        RpcError.Broken => new(ProviderFailure.Unavailable, provider, "answers that it failed"),
        _ => Bad("answers with an error"),
    };

    private Amount QuantityOf(JsonElement value, string what) => EvmRules.Quantity(TextOf(value)) ?? throw Bad($"answers {what} that is none");

    private static string? TextOf(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string? Field(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) ? TextOf(value) : null;

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private readonly record struct Answer(JsonElement Result, RpcError? Error);
}
