using Chains;
using EventSourcing;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Compares each marked source with what was told of its addresses, and derives what is missing. The mark goes in the transaction that
/// stores the addresses, so a kill in between leaves it for whoever comes next.
/// </summary>
internal sealed class AddressDeriver(
    SourceRows rows, WalletDecisions decisions, NetworkCatalogue networks, DerivingSignal signal, IOptions<SourceOptions> options,
    TimeProvider time, ILogger<AddressDeriver> log) : RecurringWork(options.Value.PollEvery, time, log)
{
    private readonly IOptions<SourceOptions> options = options;
    private readonly TimeProvider time = time;
    private readonly ILogger<AddressDeriver> log = log;
    private Task wakeUp = signal.Next;

    protected override string Postponed => "Deriving addresses of whole wallets is interrupted and goes on soon";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        wakeUp = signal.Next;
        if (await StepAsync(ct)) return true;
        var (waiting, age) = await rows.WaitingAsync(time.GetUtcNow(), ct);
        WalletsMetrics.SourcesWaiting.Record(waiting);
        WalletsMetrics.SourcesAge.Record(age.TotalSeconds);
        return false;
    }

    protected override Task PauseAsync(TimeSpan pause, CancellationToken ct) => LogSignal.WaitAsync(wakeUp, pause, ct);

    /// <summary>Sees to one source that is due; false when none is.</summary>
    internal async Task<bool> StepAsync(CancellationToken ct)
    {
        if (await rows.NextAsync(time.GetUtcNow(), ct) is not { } due) return false;
        try
        {
            await DeriveAsync(due, ct);
        }
        catch (Exception e) when (e is DomainException or InvalidOperationException)
        {
            // One that cannot be worked off now must not hold up the others.
            log.LogWarning(e, "Addresses of source {Source} cannot be derived now: {Reason}", due.SourceId, e.Message);
            await rows.PutOffAsync(due, time.GetUtcNow() + options.Value.RetryAfter, e.Message, ct);
        }

        return true;
    }

    private async Task DeriveAsync(SourceRows.Due due, CancellationToken ct)
    {
        if (due is not { Network: { } slug, Descriptor: { } descriptor })
        {
            await rows.DoneAsync(due, ct);
            return;
        }

        var network = networks.Find(slug) ?? throw new InvalidOperationException($"the network {slug} is not configured any more");
        var states = (await rows.StatesAsync([due.SourceId], ct))[due.SourceId];
        var command = new DeriveAddresses.Command(
            due.SourceId, Descriptor.Parse(network, descriptor),
            states.Where(state => state.Value.HighestUsed is not null).ToDictionary(state => state.Key, state => state.Value.HighestUsed!.Value),
            time.Now());
        var (_, events) = await decisions.DecideAsync(
            due.WalletId, wallet => DeriveAddresses.Decide(wallet, command), ct, (work, _) => SourceRows.DoneAsync(work.Connection, due, ct));
        if (events.Count == 0)
        {
            await rows.DoneAsync(due, ct);
            return;
        }

        WalletsMetrics.AddressesDerived.Add(events.Count);
        log.LogInformation("{Count} more addresses of source {Source} were derived", events.Count, due.SourceId);
    }
}
