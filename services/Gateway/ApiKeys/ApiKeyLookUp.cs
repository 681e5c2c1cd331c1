using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>Asks Wallets whose key it is, or who a token's user is, once at a time for each, and remembers the answer, no included, for
/// some seconds.</summary>
internal sealed class ApiKeyLookUp(IHttpClientFactory clients, IOptions<GatewayOptions> options, TimeProvider time, ILogger<ApiKeyLookUp> logger)
{
    private const int Capacity = 10_000;
    private readonly TimeSpan lifetime = TimeSpan.FromSeconds(options.Value.KeyCacheSeconds);
    // Shorter: a key made a moment ago, through another gateway or by a command, must not stay unknown.
    private readonly TimeSpan lifetimeOfNo = TimeSpan.FromSeconds(Math.Min(1, options.Value.KeyCacheSeconds));
    private readonly ConcurrentDictionary<string, Entry> known = new();
    private readonly ConcurrentDictionary<string, long> goodKeys = new();
    private readonly ConcurrentDictionary<string, long> goodTokens = new();

    /// <summary>Notes that what has this name was good just now.</summary>
    public void NoteGood(string name)
    {
        var good = PlaceOf(name);
        // Tokens come and go by the hour; whoever still has one is noted again.
        if (good == goodTokens && good.Count >= Capacity) good.Clear();
        // Nobody can invent a good key, so this grows by true ones only; the bound is for the memory's sake.
        if (good.Count < Capacity || good.ContainsKey(name)) good[name] = time.GetTimestamp();
    }

    /// <summary>Notes that it is no longer good.</summary>
    public void NoteBad(string name) => PlaceOf(name).TryRemove(name, out _);

    /// <summary>Whether what has this name was good within a day, so that it is looked up whatever others at its address do.</summary>
    public bool WasGood(string name) => PlaceOf(name).TryGetValue(name, out var at) && time.GetElapsedTime(at) < TimeSpan.FromDays(1);

    /// <summary>Forgets what is known of these keys, of their sessions, and of the keys of these users.</summary>
    public void Forget(IReadOnlyCollection<Guid> ids)
    {
        foreach (var pair in known)
        {
            // What is being asked for just now may be as old as before the change.
            if (pair.Value.Answer is not { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: var answer } }
                || (answer.Grant is { } grant && (ids.Contains(grant.KeyId) || ids.Contains(grant.UserId)
                    || (grant.SessionOf is { } origin && ids.Contains(origin)))))
                known.TryRemove(pair);
        }
    }

    private ConcurrentDictionary<string, long> PlaceOf(string name) =>
        name.StartsWith(Question.Token, StringComparison.Ordinal) ? goodTokens : goodKeys;

    /// <summary>What is known of a key, as it was some seconds ago at most.</summary>
    /// <exception cref="DomainException">upstream-unavailable: Wallets cannot be asked.</exception>
    public async Task<ApiKeyAnswer> FindAsync(Question question, CancellationToken ct)
    {
        if (known.TryGetValue(question.Name, out var entry) && !IsStale(entry))
            return await entry.Answer.Value.WaitAsync(ct);

        MakeRoom();
        var fresh = new Entry(new Lazy<Task<ApiKeyAnswer>>(() => AskAsync(question)), time.GetTimestamp());
        entry = known.AddOrUpdate(question.Name, fresh, (_, present) => IsStale(present) ? fresh : present);
        try
        {
            return await entry.Answer.Value.WaitAsync(ct);
        }
        catch (DomainException)
        {
            // A failure is nobody's answer: the next request asks again.
            known.TryRemove(KeyValuePair.Create(question.Name, entry));
            throw;
        }
    }

    private bool IsStale(Entry entry) =>
        time.GetElapsedTime(entry.AskedAt) >=
            (entry.Answer is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result.Grant: null } } ? lifetimeOfNo : lifetime);

    // Invented keys fill the memory with noes; stale ones go first, then all, which costs one question each.
    private void MakeRoom()
    {
        if (known.Count < Capacity)
            return;
        foreach (var pair in known)
            if (IsStale(pair.Value))
                known.TryRemove(pair);
        if (known.Count >= Capacity)
            known.Clear();
    }

    // Shared by everyone who waits for it, so no single request's cancellation may end it; the client gives up after 10 s.
    private async Task<ApiKeyAnswer> AskAsync(Question question)
    {
        try
        {
            using var client = clients.CreateClient(Routes.Wallets);
            using var answer = await client.PostAsJsonAsync(question.Path, question.Body, ApiJson.Options, CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                return new ApiKeyAnswer(null, ApiKeyAnswer.RefusalIn(await answer.Content.ReadFromJsonAsync<JsonElement>(CancellationToken.None)));
            answer.EnsureSuccessStatusCode();
            return new ApiKeyAnswer(await answer.Content.ReadFromJsonAsync<ApiKeyGrant>(ApiJson.Options, CancellationToken.None));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            logger.LogWarning(exception, "Wallets does not say whose key it is.");
            throw new DomainException("upstream-unavailable", "The service 'wallets' cannot be reached just now, so keys cannot be checked.")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }

    private sealed record Entry(Lazy<Task<ApiKeyAnswer>> Answer, long AskedAt);
}
