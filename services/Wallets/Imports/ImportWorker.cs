using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Works imports off, some rows at a time. What a batch does to a wallet and what became of its rows are one transaction, so whoever goes on
/// after a kill finds exactly the rows that are still to be decided; imports take turns.
/// </summary>
internal sealed class ImportWorker(
    ImportRows imports, WalletDecisions decisions, WalletsByLabel wallets, LabelRows labels, IOptions<ImportOptions> options, TimeProvider time,
    ILogger<ImportWorker> log) : RecurringWork(options.Value.PollEvery, time, log)
{
    private readonly ImportOptions options = options.Value;
    private readonly TimeProvider time = time;

    protected override string Postponed => "Importing tables of addresses is interrupted and goes on soon";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        if (await StepAsync(ct)) return true;
        var now = time.GetUtcNow();
        var (open, age) = await imports.OpenAsync(now, ct);
        WalletsMetrics.ImportsOpen.Record(open);
        WalletsMetrics.ImportsAge.Record(age.TotalSeconds);
        return await imports.ForgetAsync(now - options.KeepFor, ct);
    }

    /// <summary>Decides some rows of one import; false when none waits.</summary>
    internal async Task<bool> StepAsync(CancellationToken ct)
    {
        if (await imports.TakeAsync(time.GetUtcNow(), ct) is not { } import) return false;

        var rows = await imports.WaitingAsync(import.Id, options.BatchSize, ct);
        if (import.Kind == ImportKinds.Labels) await labels.DecideAsync(import, rows, ct);
        else foreach (var group in rows.GroupBy(row => row.Wallet)) await DecideAsync(import, group.Key, [.. group], ct);
        if (rows.Count < options.BatchSize && await imports.FinishAsync(import.Id, time.GetUtcNow(), ct)) WalletsMetrics.ImportsFinished.Add(1);
        else await imports.LeaveAsync(import.Id, time.GetUtcNow(), ct);
        return true;
    }

    private async Task DecideAsync(TakenImport import, string wallet, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        Guid? id = null;
        IReadOnlyList<Verdict> verdicts = [];
        try
        {
            id = Guid.TryParse(wallet, out var known) ? known : await wallets.FindAsync(import.Caller, wallet, make: !import.DryRun, ct);
            var stored = false;
            if (id is not { } place)
            {
                // A wallet that only a dry run would make: empty but for what it would have got so far.
                var made = Wallet.Evolve(Wallet.Initial, new WalletEvent.WalletCreated(Guid.Empty, import.OwnerId, wallet, time.Now()));
                verdicts = Pretend(made, await imports.PretendedAsync(import.Id, wallet, ct), rows);
            }
            else if (import.DryRun)
            {
                var before = await imports.PretendedAsync(import.Id, wallet, ct);
                await decisions.DecideAsync(import.Caller, place, state =>
                {
                    verdicts = Pretend(state, before, rows);
                    return [];
                }, ct);
            }
            else
            {
                await decisions.DecideAsync(import.Caller, place, state =>
                {
                    var (events, told) = DecideRows.Decide(state, rows, time.Now());
                    verdicts = told;
                    return events;
                }, ct, async (work, _) =>
                {
                    await ImportRows.JudgeAsync(work.Connection, import.Id, place, verdicts, ct);
                    work.AfterCommit(() => stored = true);
                });
            }

            if (!stored) await imports.JudgeAsync(import.Id, id, verdicts, ct);
        }
        catch (DomainException refused) when (refused.Problem.Code != "conflict")
        {
            verdicts = [.. rows.Select(row => Verdict.Refuse(row, Refusal.Of(refused, "/wallet")))];
            await imports.JudgeAsync(import.Id, null, verdicts, ct);
        }

        Count(verdicts);
    }

    /// <summary>Counts verdicts that were stored.</summary>
    internal static void Count(IReadOnlyList<Verdict> verdicts)
    {
        foreach (var group in verdicts.GroupBy(verdict => verdict.Word))
            WalletsMetrics.ImportRows.Add(group.Count(), new KeyValuePair<string, object?>("verdict", group.Key));
    }

    // What would become of the rows, after what would have become of those before them; nothing gets an id.
    private IReadOnlyList<Verdict> Pretend(Wallet wallet, IReadOnlyList<ChainAddress> before, IReadOnlyList<WaitingRow> rows)
    {
        var pretended = before.Where(place => wallet.At(place) is null).Aggregate(wallet, (state, place) => Wallet.Evolve(
            state, new WalletEvent.AddressImported(state.Id, Guid.NewGuid(), place.Network, place.Text, null, DateTimeOffset.UnixEpoch)));
        return [.. DecideRows.Decide(pretended, rows, time.Now()).Verdicts.Select(verdict => verdict with { AddressId = null })];
    }
}
