using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sync.Chains;

/// <summary>Posts a body of JSON that asks so many questions, each of which counts as a request: body, kind of request, questions; null
/// for a 404.</summary>
internal delegate Task<Body?> PostQuestions(ReadOnlyMemory<byte> json, string kind, int questions, CancellationToken ct);

/// <summary>A call of JSON-RPC.</summary>
internal readonly record struct RpcQuestion(string Method, params object?[] Parameters);

/// <summary>The error object of an answer.</summary>
internal sealed record RpcRefusal(int Code, string Message)
{
    private const int LongestReason = 120;

    /// <summary>The beginning of what it says.</summary>
    public string Reason => Message.Split('\n')[0].Trim() is var line && line.Length <= LongestReason ? line : line[..LongestReason] + "…";
}

/// <summary>A result, or the error that came instead.</summary>
internal readonly record struct RpcAnswer(JsonElement Result, RpcRefusal? Refusal);

/// <summary>
/// JSON-RPC 2.0 over HTTP: questions one by one, a few at a time, or so many in a batch where the provider takes batches. Some say what they
/// refuse in the body only of a batch; there one question is a batch, too.
/// </summary>
internal sealed class JsonRpc(string provider, int batch, PostQuestions post, bool alwaysInBatches = false)
{
    private const int AtOnce = 4;

    private readonly AskSize size = new(batch);

    /// <summary>The answers in the order of the questions; what an error means is the dialect's to say, first of all whether it is for a
    /// limit.</summary>
    /// <exception cref="ProviderException">Some question got no answer, or was refused for a limit.</exception>
    public async Task<IReadOnlyList<RpcAnswer>> AskAsync(IReadOnlyList<RpcQuestion> questions, string kind,
        Func<RpcQuestion, RpcRefusal, ProviderException> meaning, CancellationToken ct)
    {
        // What a batch turns out to be too large for is asked again in smaller ones, as a whole: few questions are that many.
        return await size.AskAsync(most => BatchesAsync(questions, most, kind, meaning, ct), questions.Count);
    }

    /// <summary>The answers as they are read, in the order of the questions; null where a refusal says that what is asked for is not known.
    /// </summary>
    /// <exception cref="ProviderException">Some question got no answer, another refusal, or an answer that cannot be read.</exception>
    public async Task<IReadOnlyList<T?>> ReadAsync<T>(IReadOnlyList<RpcQuestion> questions, string kind,
        Func<RpcQuestion, RpcRefusal, ProviderException> meaning, Func<RpcRefusal, bool> isUnknown, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        if (questions.Count == 0) return [];
        var answers = await AskAsync(questions, kind, meaning, ct);
        return [.. questions.Zip(answers, Read)];

        T? Read(RpcQuestion question, RpcAnswer answer)
        {
            if (answer.Refusal is { } refusal) return isUnknown(refusal) ? null : throw meaning(question, refusal);
            try
            {
                return answer.Result.ValueKind is JsonValueKind.Null ? null : answer.Result.Deserialize(type);
            }
            catch (JsonException e)
            {
                throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers {question.Method} with something unreadable", inner: e);
            }
        }
    }

    private async Task<IReadOnlyList<RpcAnswer>> BatchesAsync(IReadOnlyList<RpcQuestion> questions, int most, string kind,
        Func<RpcQuestion, RpcRefusal, ProviderException> meaning, CancellationToken ct)
    {
        var batches = questions.Chunk(most).ToArray();
        var answers = new RpcAnswer[batches.Length][];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, batches.Length)).Select(_ => AskInTurnAsync()));
        return [.. answers.SelectMany(told => told)];

        async Task AskInTurnAsync()
        {
            while (Interlocked.Increment(ref next) is var turn && turn < batches.Length)
            {
                try
                {
                    answers[turn] = await BatchAsync(batches[turn], kind, meaning, ct);
                }
                catch
                {
                    // Nobody needs the others any more.
                    Interlocked.Exchange(ref next, batches.Length);
                    throw;
                }
            }
        }
    }

    private async Task<RpcAnswer[]> BatchAsync(RpcQuestion[] questions, string kind, Func<RpcQuestion, RpcRefusal, ProviderException> meaning,
        CancellationToken ct)
    {
        try
        {
            using var body = await post(Write(questions), kind, questions.Length, ct) ?? throw Bad("is no node: 404");
            return await AnswersAsync(questions, body, meaning, ct);
        }
        catch (ProviderException e) when (e.Refusal is { } refusal)
        {
            // Some say with a status what they say in the body.
            try
            {
                var said = Encoding.UTF8.GetBytes(refusal);
                return await AnswersAsync(questions, new Body(said, said.Length) { SuspendEverywhere = e.SuspendEverywhere }, meaning, ct);
            }
            catch (JsonException)
            {
                throw e;
            }
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers a {kind} request with something unreadable", inner: e);
        }
    }

    private async Task<RpcAnswer[]> AnswersAsync(RpcQuestion[] questions, Body body, Func<RpcQuestion, RpcRefusal, ProviderException> meaning,
        CancellationToken ct)
    {
        var answers = AnswersTo(questions, Parse(body.Bytes),
            refusal => meaning(questions[0], refusal).Failure is ProviderFailure.RateLimited);
        foreach (var (question, answer) in questions.Zip(answers))
        {
            if (answer.Refusal is { } refused && meaning(question, refused) is { Failure: ProviderFailure.RateLimited } limit)
                throw await body.RefusedAsync(limit, ct);
        }

        return answers;
    }

    private RpcAnswer[] AnswersTo(RpcQuestion[] questions, JsonElement told, Func<RpcRefusal, bool> isLimit)
    {
        if (told.ValueKind is JsonValueKind.Object && questions.Length == 1) return [Read(told)];
        // A batch that is refused as a whole is answered by one error.
        if (told.ValueKind is JsonValueKind.Object && told.TryGetProperty("error", out _))
            return Read(told) is { Refusal: { } refusal } whole && isLimit(refusal) ? [.. Enumerable.Repeat(whole, questions.Length)]
                : throw new ProviderException(ProviderFailure.BadAnswer, provider, "refuses a batch of questions") { MayBeTooMuch = true };
        if (told.ValueKind is not JsonValueKind.Array || told.GetArrayLength() != questions.Length) throw Bad("does not answer what it was asked");

        var answers = new RpcAnswer?[questions.Length];
        foreach (var answer in told.EnumerateArray())
        {
            // Answers come in any order.
            if (answer.ValueKind is not JsonValueKind.Object || !answer.TryGetProperty("id", out var id) || id.ValueKind is not JsonValueKind.Number
                || !id.TryGetInt32(out var number)
                || number < 1 || number > questions.Length || answers[number - 1] is not null)
                throw Bad("answers what it was not asked");
            answers[number - 1] = Read(answer);
        }

        return [.. answers.Select(answer => answer!.Value)];
    }

    private ReadOnlyMemory<byte> Write(RpcQuestion[] questions)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            if (questions.Length > 1 || alwaysInBatches) json.WriteStartArray();
            for (var i = 0; i < questions.Length; i++)
            {
                json.WriteStartObject();
                json.WriteString("jsonrpc", "2.0");
                json.WriteNumber("id", i + 1);
                json.WriteString("method", questions[i].Method);
                json.WritePropertyName("params");
                JsonSerializer.Serialize(json, questions[i].Parameters);
                json.WriteEndObject();
            }

            if (questions.Length > 1 || alwaysInBatches) json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.TrimEnd("\0"u8));
        var told = JsonElement.ParseValue(ref reader);
        return reader.Read() ? throw new JsonException("More than one value.") : told;
    }

    private RpcAnswer Read(JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object)
        {
            var code = error.TryGetProperty("code", out var number) && number.ValueKind is JsonValueKind.Number && number.TryGetInt32(out var value)
                ? value : 0;
            var message = error.TryGetProperty("message", out var text) && text.ValueKind is JsonValueKind.String ? text.GetString()! : "";
            return new RpcAnswer(default, new RpcRefusal(code, message));
        }

        return answer.TryGetProperty("result", out var result)
            ? new RpcAnswer(result, null) : throw Bad("answers with neither a result nor an error");
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}
