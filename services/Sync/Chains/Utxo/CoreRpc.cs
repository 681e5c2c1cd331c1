using System.Text.Json;
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
    private const int LongestReason = 120;

    private readonly JsonRpc rpc = new(provider, batch, post, alwaysInBatches: true);

    /// <summary>The answer; null where the node does not know what is asked for.</summary>
    /// <exception cref="ProviderException">There is none, or it cannot be read.</exception>
    public async Task<T?> AskAsync<T>(RpcQuestion question, string kind, JsonTypeInfo<T> type, CancellationToken ct) where T : class =>
        (await ManyAsync([question], kind, type, ct))[0];

    /// <summary>The answers in the order of the questions.</summary>
    public async Task<IReadOnlyList<T?>> ManyAsync<T>(IReadOnlyList<RpcQuestion> questions, string kind, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        if (questions.Count == 0) return [];
        var answers = await rpc.AskAsync(questions, kind, Meaning, ct);
        var told = new T?[answers.Count];
        for (var i = 0; i < told.Length; i++)
        {
            if (answers[i].Refusal is { } refusal)
            {
                if (refusal.Code is NotFound or NotValid) continue;
                throw Meaning(questions[i], refusal);
            }

            if (answers[i].Result.ValueKind is JsonValueKind.Null) continue;
            try
            {
                told[i] = answers[i].Result.Deserialize(type);
            }
            catch (JsonException e)
            {
                throw new ProviderException(
                    ProviderFailure.BadAnswer, provider, $"answers {questions[i].Method} with something unreadable", inner: e);
            }
        }

        return told;
    }

    private ProviderException Meaning(RpcQuestion question, RpcRefusal refusal) => refusal.Code switch
    {
        StartingUp => new(ProviderFailure.Unavailable, provider, "is starting up", TimeSpan.FromSeconds(5)),
        NoMethod => new(ProviderFailure.OutOfReach, provider, $"does not know {question.Method}"),
        // What was pruned, or an index that is not kept.
        Miscellaneous => new(ProviderFailure.OutOfReach, provider, $"refuses {question.Method}: {Short(refusal.Message)}"),
        _ => new(ProviderFailure.BadAnswer, provider, $"refuses {question.Method} ({refusal.Code}): {Short(refusal.Message)}"),
    };

    private static string Short(string message)
    {
        var line = message.Split('\n')[0].Trim();
        return line.Length <= LongestReason ? line : line[..LongestReason] + "…";
    }
}
