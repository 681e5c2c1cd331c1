using ChainSimulator.Script;

namespace ChainSimulator.World;

public sealed partial class SimulatedNetwork
{
    /// <summary>Replaces the newest blocks by others, as told, and returns what happened to their transactions.</summary>
    public Reorganised Reorganise(Reorganise request)
    {
        if (request.Transactions > 0 && request.Addresses is not { Count: > 0 }) throw new ScriptException("New transactions need addresses.");
        lock (gate)
        {
            if (request.Depth < 1 || request.Depth > chain.Tip.Height - chain.BaseHeight)
                throw new ScriptException($"The depth is 1 to {chain.Tip.Height - chain.BaseHeight}, the blocks above the first.");
            var count = request.Blocks ?? request.Depth + 1;
            if (count < 1) throw new ScriptException("At least one new block is needed.");

            var random = RandomnessFor(request.Seed);
            var mempool = chain.TakeMempool();
            mempool.Reverse();
            List<Block> orphaned = [];
            for (var i = 0; i < request.Depth; i++) orphaned.Insert(0, chain.RemoveTip());

            var fates = new Fates(request);
            List<Transaction>[] plan = [.. Enumerable.Range(0, count).Select(_ => new List<Transaction>())];
            for (var i = 0; i < orphaned.Count; i++)
                foreach (var transaction in orphaned[i].Transactions.Where(transaction => !transaction.IsCoinbase))
                    Plan(transaction, Math.Min(i, count - 1), plan, fates, ref random);

            List<Transaction> stranded = [];
            for (var i = 0; i < count; i++)
            {
                var mined = StageWhatIsPossible(plan[i], out var waiting);
                // Their parents were moved up: they follow, or share their parents' end.
                if (i + 1 < count) plan[i + 1].AddRange(waiting);
                else stranded = waiting;

                if (i + 1 == count)
                {
                    foreach (var transaction in fates.Of(Fate.Unconfirmed).Concat(stranded).Concat(mempool)) Return(transaction, fates);
                    for (var n = 0; n < request.Transactions; n++)
                        mined.Add(MakeAndStage(parties.Get(request.Addresses![n % request.Addresses.Count]), Profile.Small, ref random, null));
                }

                MineBlock(mined, i == 0 ? DateTimeOffset.FromUnixTimeSeconds(orphaned[0].Time + 1) : null, null);
            }

            return fates.Outcome(orphaned, chain, mempool);
        }
    }

    /// <summary>Takes transactions out of the mempool, as told.</summary>
    public Evicted Evict(Evict request)
    {
        lock (gate)
        {
            var random = RandomnessFor(request.Seed);
            var named = request.Txids.Select(txid => Hash256.Parse(txid)).ToHashSet();
            List<string> gone = [];
            List<string> replacements = [];
            var mempool = chain.TakeMempool();
            mempool.Reverse();
            foreach (var transaction in mempool)
            {
                if (!named.Contains(transaction.Id) && chain.IsPossible(transaction))
                {
                    chain.Stage(transaction);
                    chain.AddToMempool(transaction);
                    continue;
                }

                gone.Add(transaction.Id.ToString());
                var isHeld = held.Remove(transaction.Id);
                if (!request.Replace || !named.Contains(transaction.Id) || transaction is not SyntheticTransaction replaced
                    || !chain.IsPossible(replaced))
                    continue;
                var replacement = maker.Replace(replaced, ref random);
                chain.Stage(replacement);
                Receive(replacement, isHeld);
                replacements.Add(replacement.Id.ToString());
            }

            return new(gone, replacements);
        }
    }

    private void Plan(Transaction transaction, int at, List<Transaction>[] plan, Fates fates, ref Randomness random)
    {
        switch (fates.Decide(transaction, ref random))
        {
            case Fate.Kept:
                plan[at].Add(transaction);
                break;
            case Fate.Moved:
                plan[plan.Length == 1 ? 0 : (at + 1 + random.Below(plan.Length - 1)) % plan.Length].Add(transaction);
                break;
            case Fate.Replaced:
                plan[at].Add(maker.Replace((SyntheticTransaction)transaction, ref random));
                break;
        }
    }

    private List<Transaction> StageWhatIsPossible(List<Transaction> planned, out List<Transaction> waiting)
    {
        List<Transaction> staged = [];
        waiting = planned;
        for (var before = -1; waiting.Count != before;)
        {
            before = waiting.Count;
            waiting = waiting.FindAll(transaction =>
            {
                if (!chain.IsPossible(transaction)) return true;
                chain.Stage(transaction);
                staged.Add(transaction);
                return false;
            });
        }

        return staged;
    }

    private void Return(Transaction transaction, Fates fates)
    {
        if (chain.IsPossible(transaction))
        {
            chain.Stage(transaction);
            Receive(transaction, fates.WasConfirmed(transaction) || held.Contains(transaction.Id));
            return;
        }

        held.Remove(transaction.Id);
    }
}
