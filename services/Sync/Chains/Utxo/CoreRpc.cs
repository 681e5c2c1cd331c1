using System.Text.Json.Serialization.Metadata;

namespace Sync.Chains.Utxo;

/// <summary>
/// Questions to a node of Bitcoin Core's kind. They are always sent as a batch, even one alone: only then an error is told by the answer and
/// not by the status, which says too little.
/// </summary>
internal sealed class CoreRpc(string provider, int batch, PostQuestions post)
{
    private const int NotFound = -5;
    private const int NotValid = -8;
    private const int StartingUp = -28;
    private const int NoMethod = -32601;
    private const int Miscellaneous = -1;

    private readonly JsonRpc rpc = new(provider, batch, post, alwaysInBatches: true);

    /// <summary>The answer; null where the node does not know what is asked for.</summary>
    /// <exception cref="ProviderException">There is none, or it cannot be read.</exception>
    public async Task<T?> AskAsync<T>(RpcQuestion question, string kind, JsonTypeInfo<T> type, CancellationToken ct) where T : class =>
        (await ManyAsync([question], kind, type, ct))[0];

    /// <summary>The answers in the order of the questions.</summary>
    public Task<IReadOnlyList<T?>> ManyAsync<T>(IReadOnlyList<RpcQuestion> questions, string kind, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class => rpc.ReadAsync(questions, kind, Meaning, refusal => refusal.Code is NotFound or NotValid, type, ct);

    private ProviderException Meaning(RpcQuestion question, RpcRefusal refusal) => refusal.Code switch
    {
        StartingUp => new(ProviderFailure.Unavailable, provider, "is starting up", TimeSpan.FromSeconds(5)),
        NoMethod => new(ProviderFailure.OutOfReach, provider, $"does not know {question.Method}"),
        // What was pruned, or an index that is not kept.
        Miscellaneous => new(ProviderFailure.OutOfReach, provider, $"refuses {question.Method}: {refusal.Reason}"),
        _ => new(ProviderFailure.BadAnswer, provider, $"refuses {question.Method} ({refusal.Code}): {refusal.Reason}"),
    };
}
