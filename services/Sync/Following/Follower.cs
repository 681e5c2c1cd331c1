using Chains;
using EventSourcing;
using Messaging;
using Npgsql;
using ServiceDefaults;
using Sync.Chains;
using Sync.Networks;
using Sync.Providers;

namespace Sync.Following;

/// <summary>Makes sure, in the transaction it is given, that the caller still is the network's only follower.</summary>
internal delegate Task Guard(NpgsqlConnection connection, CancellationToken ct);

/// <summary>
/// Follows the blocks of one network: takes each after the last one it is done with, in order, and has the addresses checked that
/// it touches. The request and the place are stored together, so a request is never lost; what cannot be read has every address
/// checked instead, so nothing is ever passed over. Hashes decide what is in the chain, nothing else.
/// </summary>
internal sealed class Follower(
    ProviderPool pool, NpgsqlDataSource database, EventStore store, SyncOptions options, DueSignal due, TimeProvider clock, ILogger log)
{
    // How long a node may take to have all of a block that another one tells.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>();

    private readonly KeyValuePair<string, object?> label = new("network", pool.Network.Slug);

    private Network Network => pool.Network;

    private string Slug => pool.Network.Slug;

    /// <summary>Looks at the tip and follows to it, as far as it can be read now; false where nobody tracks an address of the network.</summary>
    /// <exception cref="ProviderException">No provider answers; the place stays where it is.</exception>
    public async Task<bool> LookAsync(Guard guard, CancellationToken ct)
    {
        FollowerState? state;
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            if (await FollowerStore.AddressesAsync(connection, Slug, atMost: 1, ct) == 0) return false;
            state = await Followers.FindAsync(connection, Slug, ct);
        }

        var (provider, tip, known) = await pool.AskInOrderAsync(null, Nobody, provider => TipAsync(provider, ct));
        SyncMetrics.FollowerTip.Record(tip.Height, label);
        if (tip == state?.Block)
        {
            await CatchUpAsync(guard, tip, ct);
            return true;
        }

        await NoteAsync(guard, tip, known, ct);
        var coverage = FollowRules.CoverageOf(Network.Family, pool.TellsContents);
        if (state is null || coverage == Coverage.None)
        {
            // What came before this place, the addresses' own checks tell.
            await JumpAsync(guard, tip, coverage, state is null ? "its first block" : null, state, ct);
            return true;
        }

        await FollowAsync(guard, provider, state, tip, coverage, ct);
        return true;
    }

    private async Task<(IChainAdapter Provider, ChainTip Tip, long? Known)> TipAsync(IChainAdapter provider, CancellationToken ct)
    {
        var tip = await provider.TipAsync(ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        return (provider, tip, await ChainTips.RefuseImplausibleAsync(connection, provider, tip, clock.GetUtcNow(), ct));
    }

    private async Task FollowAsync(
        Guard guard, IChainAdapter provider, FollowerState state, ChainTip tip, string coverage, CancellationToken ct)
    {
        var at = state.Block;
        if (tip.Height <= at.Height)
        {
            IReadOnlyList<ChainTip> tail;
            await using (var connection = await database.OpenConnectionAsync(ct)) tail = await Followers.TailAsync(connection, Slug, ct);
            // A node behind the one that was asked before: the same chain, so it says nothing.
            if (tail.Any(block => block == tip)) return;
            if (await RewindAsync(guard, provider, at, tip, coverage, ct) is not { } fork)
            {
                await JumpOverForkAsync(guard, tip, coverage, state, ct);
                return;
            }

            at = fork;
        }

        var missed = tip.Height - at.Height;
        if (missed > options.Follow.MostBlocks)
        {
            await JumpAsync(guard, tip, coverage, $"{missed} blocks that came meanwhile", state, ct);
            return;
        }

        if (!pool.TellsContents)
        {
            await AskForAsync(guard, state, tip, coverage, ct);
            return;
        }

        var decided = false;
        while (at.Height < tip.Height)
        {
            if (await ReadAsync(provider, at.Height + 1, tip, ct) is not var (block, reader))
            {
                // The newest one may not be there yet; an older one will not come any more.
                if (at.Height + 1 < tip.Height) await JumpAsync(guard, tip, coverage, $"block {at.Height + 1}, which no provider tells", state, ct);
                return;
            }

            if (block.Parent != at.Hash)
            {
                if (await RewindAsync(guard, reader, at, tip, coverage, ct) is not { } fork)
                {
                    await JumpOverForkAsync(guard, tip, coverage, state, ct);
                    return;
                }

                // The chain moves while it is looked at: the next look goes on.
                if (fork == at) return;
                at = fork;
                continue;
            }

            if (!decided && await ScanOrAskAsync(block.Requests * (tip.Height - at.Height), ct) is BlockReading.Ask)
            {
                await AskForAsync(guard, state, tip, coverage, ct);
                return;
            }

            decided = true;
            if (await TouchedAsync(reader, block, ct) is not { } touched)
            {
                // A node behind the one that told the newest block does not have all of it yet: the next look finds it.
                if (block.Height == tip.Height && clock.GetUtcNow() - state.AdvancedAt < Network.BlockTime + Patience) return;
                // No more often than at the usual pace, whatever the blocks'.
                if (clock.GetUtcNow() - state.AskedAt < TimeSpan.FromSeconds(options.CheckSeconds)) return;
                await JumpAsync(guard, tip, coverage, $"block {block.Height}, which cannot be read", state, ct);
                return;
            }

            at = new ChainTip(block.Height, block.Hash);
            await TakeAsync(guard, at, touched, tip, coverage, ct);
        }
    }

    private async Task<BlockReading> ScanOrAskAsync(long requests, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var addresses = await FollowerStore.AddressesAsync(connection, Slug, FollowRules.EnoughToScan(requests, Network.Family), ct);
        return FollowRules.ScanOrAsk(requests, addresses, Network.Family);
    }

    // The provider that told the tip first: it has the block. Null where everybody who answers does not have it, or cannot tell it.
    private async Task<(FollowedBlock Block, IBlockContents Reader)?> ReadAsync(
        IChainAdapter provider, long height, ChainTip tip, CancellationToken ct)
    {
        ProviderException? failure = null;
        var isAnswered = false;
        foreach (var reader in pool.BlockReaders.OrderByDescending(reader => reader == provider))
        {
            try
            {
                if (await reader.BlockAsync(height, ct) is { } block) return (block, reader);
                isAnswered = true;
            }
            catch (ProviderException e)
            {
                pool.Suspend(e);
                failure = e;
            }
        }

        // Whoever fails now may have it.
        if (failure is { Failure: not (ProviderFailure.OutOfReach or ProviderFailure.BadAnswer) } || (!isAnswered && failure is null))
        {
            throw failure
                ?? new ProviderException(ProviderFailure.Unavailable, Slug, $"nobody who tells blocks answers for block {height} of {tip.Height}");
        }

        return null;
    }

    private async Task<IReadOnlyCollection<string>?> TouchedAsync(IBlockContents reader, FollowedBlock block, CancellationToken ct)
    {
        try
        {
            return await reader.TouchedAsync(block, ct);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach or ProviderFailure.BadAnswer)
        {
            log.LogWarning("Block {Height} of {Network} cannot be read: {Reason}", block.Height, Slug, e.Message);
            return null;
        }
    }

    private async Task TakeAsync(
        Guard guard, ChainTip block, IReadOnlyCollection<string> addresses, ChainTip tip, string coverage, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        var touched = await FollowerStore.TouchAsync(work.Connection, Slug, addresses, ct);
        await Followers.MoveAsync(work.Connection, Slug, block, Math.Max(tip.Height, block.Height), coverage, options.Follow.TailBlocks, now, ct);
        KillPoint.Reach("follower-before-commit");
        await work.CommitAsync(ct);
        KillPoint.Reach("follower-after-commit");
        Count("scanned", touched);
        Moved(block);
    }

    // Back to the newest block of the tail that the chain holds; null where it holds none. Whoever knows of something above is checked.
    private async Task<ChainTip?> RewindAsync(
        Guard guard, IChainAdapter provider, ChainTip from, ChainTip tip, string coverage, CancellationToken ct)
    {
        IReadOnlyList<ChainTip> tail;
        await using (var connection = await database.OpenConnectionAsync(ct)) tail = await Followers.TailAsync(connection, Slug, ct);
        if ((provider as IBlockNames ?? pool.BlockReaders.FirstOrDefault()) is not { } names) return null;
        var fork = await FollowRules.ForkAsync([.. tail.Where(block => block.Height <= Math.Min(from.Height, tip.Height))],
            height => names.BlockHashAsync(height, ct));
        if (fork is null || fork == from) return fork;

        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        var touched = await FollowerStore.TouchAboveAsync(work.Connection, Slug, fork.Height, ct);
        await Followers.MoveAsync(work.Connection, Slug, fork, tip.Height, coverage, options.Follow.TailBlocks, now, ct);
        await work.CommitAsync(ct);
        SyncMetrics.ReorganisationDepth.Record(from.Height - fork.Height, label);
        Count("reorganised", touched);
        log.LogInformation("{Network} was reorganised {Depth} blocks deep, above {Height}; {Touched} addresses are checked",
            Slug, from.Height - fork.Height, fork.Height, touched);
        due.Wake();
        return fork;
    }

    // Where asking costs less than reading, every address is checked for new blocks, though no more often than at the usual pace.
    private async Task AskForAsync(Guard guard, FollowerState state, ChainTip tip, string coverage, CancellationToken ct)
    {
        if (clock.GetUtcNow() - state.AskedAt < TimeSpan.FromSeconds(options.CheckSeconds)) return;
        await JumpAsync(guard, tip, coverage, null, state, ct);
    }

    // Where the chain forked is not known. It is taken to be no deeper below what is kept than what is kept at most; further down the sums tell.
    private async Task JumpOverForkAsync(Guard guard, ChainTip tip, string coverage, FollowerState state, CancellationToken ct)
    {
        IReadOnlyList<ChainTip> tail;
        await using (var connection = await database.OpenConnectionAsync(ct)) tail = await Followers.TailAsync(connection, Slug, ct);
        var above = tail.Select(block => block.Height).Append(state.Block.Height).Min() - options.Follow.TailBlocks;
        await JumpAsync(guard, tip, coverage, "a fork below all that is kept", state, ct, above);
    }

    // To the tip, with every address checked.
    private async Task JumpAsync(
        Guard guard, ChainTip tip, string coverage, string? instead, FollowerState? state, CancellationToken ct, long? unsettledAbove = null)
    {
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        if (unsettledAbove is { } height) await FollowerStore.TouchAboveAsync(work.Connection, Slug, height, ct);
        await Followers.MoveAsync(work.Connection, Slug, tip, tip.Height, coverage, options.Follow.TailBlocks, now, ct);
        if (coverage != Coverage.None || instead is not null) await FollowerStore.AskAllAsync(work, Slug, now, ct);
        KillPoint.Reach("follower-before-commit");
        await work.CommitAsync(ct);
        KillPoint.Reach("follower-after-commit");
        Count(instead is not null ? "passed" : coverage == Coverage.None ? "tip" : "asked", 0);
        if (instead is not null)
            log.LogInformation("The follower of {Network} goes on at {Height} and has every address checked, instead of reading {What}",
                Slug, tip.Height, instead);
        else if (state is not null && coverage != Coverage.None)
            log.LogDebug("Every address of {Network} is checked for block {Height}", Slug, tip.Height);
        Moved(tip);
    }

    private async Task NoteAsync(Guard guard, ChainTip tip, long? known, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        await ChainTips.AdvanceAsync(work, Network, tip, known, clock.GetUtcNow(), ct);
        await work.CommitAsync(ct);
    }

    private async Task CatchUpAsync(Guard guard, ChainTip tip, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        await Followers.CatchUpAsync(work.Connection, Slug, tip.Height, clock.GetUtcNow(), ct);
        await work.CommitAsync(ct);
    }

    private void Moved(ChainTip block)
    {
        SyncMetrics.FollowerHeight.Record(block.Height, label);
        due.Wake();
    }

    private void Count(string way, int touched)
    {
        SyncMetrics.BlocksFollowed.Add(1, label, new("way", way));
        SyncMetrics.ChecksByBlocks.Add(touched, label);
    }
}
