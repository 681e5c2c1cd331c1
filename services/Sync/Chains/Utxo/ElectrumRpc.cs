using System.Text.Json.Serialization.Metadata;

namespace Sync.Chains.Utxo;

/// <summary>
/// Questions to a server of the Electrum protocol. What a refusal means is said in words only: servers use the same few codes for everything.
/// </summary>
internal sealed class ElectrumRpc(string provider, int batch, PostQuestions post)
{
    private const int NoMethod = -32601;
    private const int Excessive = -101;
    private const int Busy = -102;

    // As ElectrumX, electrs, Esplora's electrs and Fulcrum say it.
    private static readonly string[] Unknown =
        ["no such", "not found", "missing", "unknown", "not in block", "no confirmed", "out of range", "invalid height", "no header"];

    private static readonly string[] Enough = ["excessive resource", "too many requests", "rate limit"];

    private static readonly string[] TooLong = ["too large", "too many", "too long", "long time", "exceeds"];

    private readonly JsonRpc rpc = new(provider, batch, post, alwaysInBatches: true);

    /// <summary>The questions that are on their way at the same time.</summary>
    public int AtOnce => 4 * batch;

    /// <summary>The answer.</summary>
    /// <exception cref="ProviderException">There is none, or it cannot be read.</exception>
    public async Task<T> AskAsync<T>(RpcQuestion question, string kind, JsonTypeInfo<T> type, CancellationToken ct) where T : class =>
        (await ManyAsync([question], kind, type, ct))[0]
            ?? throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers {question.Method} with nothing");

    /// <summary>The answers in the order of the questions; null where the server does not know what is asked for.</summary>
    public Task<IReadOnlyList<T?>> ManyAsync<T>(IReadOnlyList<RpcQuestion> questions, string kind, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class => rpc.ReadAsync(questions, kind, Meaning, IsUnknown, type, ct);

    // By its words, unless they say something graver.
    private bool IsUnknown(RpcRefusal refusal) => Says(refusal, Unknown) && Meaning(default, refusal).Failure is ProviderFailure.BadAnswer;

    private ProviderException Meaning(RpcQuestion question, RpcRefusal refusal) => refusal.Code switch
    {
        _ when refusal.Code == Excessive || Says(refusal, Enough) =>
            new(ProviderFailure.RateLimited, provider, "has enough of being asked", TimeSpan.FromMinutes(1)),
        Busy => new(ProviderFailure.RateLimited, provider, "is busy", TimeSpan.FromSeconds(10)),
        NoMethod => new(ProviderFailure.OutOfReach, provider, $"does not know {question.Method}"),
        // It would say the same the next time.
        _ when Says(refusal, TooLong) =>
            new(ProviderFailure.OutOfReach, provider, $"does not tell so much at once: {refusal.Reason}"),
        _ => new(ProviderFailure.BadAnswer, provider, $"refuses {question.Method} ({refusal.Code}): {refusal.Reason}"),
    };

    private static bool Says(RpcRefusal refusal, string[] words) =>
        words.Any(word => refusal.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
