using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>Deletes keys whose time is over. Any process may, and none must: an old key counts as none.</summary>
internal sealed class IdempotencySweeper(
    IdempotencyKeys keys, IOptions<IdempotencyOptions> options, TimeProvider time, ILogger<IdempotencySweeper> log)
    : RecurringWork(options.Value.SweepEvery, time, log)
{
    protected override string Postponed => "Old idempotency keys stay until this passes";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct) => await keys.SweepAsync(ct) > 0;
}
