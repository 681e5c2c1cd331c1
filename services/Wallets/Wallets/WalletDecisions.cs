using EventSourcing;
using Messaging;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>What a rule decided, and the wallet afterwards.</summary>
internal sealed record Decided(Wallet Wallet, IReadOnlyList<WalletEvent> Events);

/// <summary>
/// Loads a wallet, lets a rule decide, and stores the events with their rows in one transaction. When somebody else was
/// faster, the rule decides again on what is there then; so whatever the rule says holds for the stored wallet.
/// </summary>
internal sealed class WalletDecisions(EventStore store, Answers? answers = null) : IDisposable
{
    private const int Attempts = 8;

    // Folded wallets are immutable, so a known one is a safe start for reading on; the size counts addresses.
    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    // Writers of one wallet in this process queue here instead of colliding; against other processes the version guards.
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>
    /// Decides about a wallet that the caller may use; <paramref name="alongside"/> writes rows into the same transaction,
    /// knowing the wallet as it will be. The answer tells the version.
    /// </summary>
    /// <exception cref="DomainException"><c>wallet-not-found</c>, what the rule says, or <c>conflict</c> after too many collisions.</exception>
    public Task<Decided> DecideAsync(
        Caller caller, Guid walletId, Func<Wallet, IReadOnlyList<WalletEvent>> rule, CancellationToken ct,
        Func<Work, Wallet, Task>? alongside = null)
    {
        caller.RequireWallet(walletId);
        return DecideAsync(walletId, Actor.Of(caller), wallet =>
        {
            wallet.RequireActive();
            if (wallet.OwnerId != caller.UserId) throw new DomainException("wallet-not-found", "There is no such wallet.");
            return rule(wallet);
        }, alongside, ct);
    }

    /// <summary>Decides about a wallet, as the service does by itself; the rule hears of a wallet that is gone, too.</summary>
    /// <exception cref="DomainException">What the rule says, or <c>conflict</c> after too many collisions.</exception>
    public Task<Decided> DecideAsync(
        Guid walletId, Func<Wallet, IReadOnlyList<WalletEvent>> rule, CancellationToken ct, Func<Work, Wallet, Task>? alongside = null) =>
        DecideAsync(walletId, null, rule, alongside, ct);

    public void Dispose()
    {
        known.Dispose();
        foreach (var gate in gates) gate.Dispose();
    }

    private async Task<Decided> DecideAsync(
        Guid walletId, Actor? by, Func<Wallet, IReadOnlyList<WalletEvent>> rule, Func<Work, Wallet, Task>? alongside, CancellationToken ct)
    {
        var gate = gates[(uint)walletId.GetHashCode() % gates.Length];
        await gate.WaitAsync(ct);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await TryAsync(walletId, by, rule, alongside, ct);
                }
                catch (Exception e) when (IsCollision(e))
                {
                    answers?.Discard();
                    if (attempt == Attempts)
                        throw new DomainException("conflict", "The wallet is being changed by many at once; nothing was stored. Try again.");
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<Decided> TryAsync(
        Guid walletId, Actor? by, Func<Wallet, IReadOnlyList<WalletEvent>> rule, Func<Work, Wallet, Task>? alongside, CancellationToken ct)
    {
        var (wallet, version) = await LoadAsync(walletId, ct);
        var events = rule(wallet);
        if (events.Count == 0)
        {
            answers?.WroteNothing(await store.HeadAsync(ct));
            return new(wallet, events);
        }

        var after = events.Aggregate(wallet, Wallet.Evolve);
        await using var work = await store.BeginAsync(ct);
        if (alongside is not null) await alongside(work, after);
        await work.RecordAsync(Wallet.Category, walletId, events, version, by, ct);
        KillPoint.Reach("wallet-before-commit");
        var stored = await work.CommitAsync(ct);
        answers?.Wrote(stored.Position);
        KillPoint.Reach("wallet-after-commit");
        return new(Remember(walletId, new(after, version + events.Count)).State, events);
    }

    private async Task<Loaded<Wallet>> LoadAsync(Guid walletId, CancellationToken ct) =>
        Remember(walletId, await store.LoadAsync<Wallet, WalletEvent>(walletId, known.Get<Loaded<Wallet>>(walletId), ct));

    private Loaded<Wallet> Remember(Guid walletId, Loaded<Wallet> loaded) => loaded.Version == 0
        ? loaded
        : known.Set(walletId, loaded, new MemoryCacheEntryOptions
        {
            Size = loaded.State.Addresses.Count + 10, SlidingExpiration = TimeSpan.FromMinutes(10),
        });

    // The rows are written before the versions are checked, so a collision may show as a row that is there already.
    private static bool IsCollision(Exception exception) =>
        exception is WrongVersionException
            or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected };
}
