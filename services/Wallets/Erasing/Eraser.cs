using System.Text.Json;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Asks the other services about each deleted wallet until all have let it go, then purges its stream. What waits stands
/// in the database with its reason and next try, so any process goes on where one stopped.
/// </summary>
internal sealed class Eraser(
    Erasures erasures, IHttpClientFactory clients, IOptions<ErasingOptions> options, TimeProvider time, ILogger<Eraser> log)
    : RecurringWork(options.Value.PollEvery, time, log)
{
    private readonly IOptions<ErasingOptions> options = options;
    private readonly TimeProvider time = time;

    // In this order: once Sync has let go, Portfolio must have heard all that Sync said until then.
    public static readonly IReadOnlyList<string> Services = ["sync", "portfolio"];

    protected override string Postponed => "Erasing deleted wallets is interrupted and goes on soon";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        if (await StepAsync(ct)) return true;
        var (waiting, age) = await erasures.WaitingAsync(time.GetUtcNow(), ct);
        WalletsMetrics.Waiting.Record(waiting);
        WalletsMetrics.Oldest.Record(age.TotalSeconds);
        return false;
    }

    /// <summary>Sees to one wallet that is due; false when none is.</summary>
    internal async Task<bool> StepAsync(CancellationToken ct)
    {
        if (await erasures.TakeAsync(time.GetUtcNow(), ct) is not { } erasure) return false;

        var position = 0L;
        foreach (var service in Services)
        {
            (var reason, position) = await WhyWaitForAsync(service, erasure, position, ct);
            if (reason is null) continue;

            WalletsMetrics.Postponed.Add(1);
            await erasures.WaitAsync(erasure.WalletId, time.GetUtcNow() + PauseAfter(erasure.Attempts), reason, ct);
            return true;
        }

        if (await erasures.FinishAsync(erasure, ct)) WalletsMetrics.Erased.Add(1);
        return true;
    }

    private async Task<(string? Reason, long Position)> WhyWaitForAsync(string service, Erasure erasure, long syncPosition, CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(service);
            using var response = await client.GetAsync(
                new Uri($"/internal/erasures/{erasure.WalletId}?position={erasure.Deleted.Position}&syncPosition={syncPosition}", UriKind.Relative),
                ct);
            if (!response.IsSuccessStatusCode) return ($"{service} answered {(int)response.StatusCode}", 0);
            var answer = await response.Content.ReadFromJsonAsync<Answer>(ApiJson.Options, ct);
            return answer is { Erased: true } ? (null, answer.Position) : ($"{service} still holds some of it", 0);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return ($"{service} cannot be reached", 0);
        }
    }

    private TimeSpan PauseAfter(int attempts)
    {
        var pause = options.Value.PollEvery * Math.Pow(2, Math.Min(attempts - 1, 16));
        return pause < options.Value.LongestPause ? pause : options.Value.LongestPause;
    }

    private sealed record Answer(bool Erased, long Position = 0);
}
