namespace Portfolio.Webhooks;

/// <summary>What an attempt comes to for the delivery and for its endpoint.</summary>
/// <param name="State">Of the delivery: <c>waiting</c>, <c>delivered</c> or <c>failed</c>.</param>
/// <param name="Wait">Until it is sent again, where it waits.</param>
/// <param name="DisabledBecause">Why the endpoint gets nothing more; null where it goes on.</param>
internal sealed record DeliveryOutcome(string State, TimeSpan? Wait, string? DisabledBecause)
{
    private const int Gone = 410;

    /// <summary>Decides by the attempt's result, how often it was tried and since when the endpoint fails.</summary>
    public static DeliveryOutcome Decide(
        AttemptResult result, int attempts, DateTimeOffset? failingSince, DateTimeOffset now, TimeSpan patience, double chance)
    {
        if (result.Error is null) return new("delivered", null, null);
        // Its messages stay in line: whoever enables it again gets them.
        if (result.Status == Gone) return new("waiting", TimeSpan.Zero, result.Error);

        var wait = RetrySchedule.After(attempts, result.RetryAfter, chance);
        var isHopeless = now - failingSince >= patience;
        return new(wait is null ? "failed" : "waiting", wait,
            isHopeless ? $"failed for {patience.TotalDays:0} days; at last it {result.Error}" : null);
    }
}
