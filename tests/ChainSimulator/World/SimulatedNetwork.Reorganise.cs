using ChainSimulator.Script;

namespace ChainSimulator.World;

public sealed partial class SimulatedNetwork
{
    private enum Fate
    {
        Kept,
        Dropped,
        Moved,
        Replaced,
        Unconfirmed,
    }

    /// <summary>Replaces the newest blocks by others, as told, and returns what happened to their transactions.</summary>
    public Reorganised Reorganise(Reorganise request)
    {
        lock (gate)
        {
            if (request.Depth < 1 || request.Depth > chain.Tip.Height - chain.BaseHeight)
                throw new ScriptException($"The depth is 1 to {chain.Tip.Height - chain.BaseHeight}, the blocks above the first.");
            var count = request.Blocks ?? request.Depth + 1;
            if (count < 1) throw new ScriptException("At least one new block is needed.");

            var random = RandomnessFor(request.Seed);
            var fates = new Fates(request);
            var mempool = chain.TakeMempool();
            List<Block> removed = [];
            for (var i = 0; i < request.Depth; i++) removed.Insert(0, chain.RemoveTip());

            List<Transaction>[] plan = [.. Enumerable.Range(0, count).Select(_ => new List<Transaction>())];
            Dictionary<Fate, List<string>> told = Enum.GetValues<Fate>().ToDictionary(fate => fate, _ => new List<string>());
            List<Transaction> unconfirmed = [];
            HashSet<Hash256> gone = [];
            for (var i = 0; i < removed.Count; i++)
            {
                foreach (var transaction in removed[i].Transactions.Where(transaction => !transaction.IsCoinbase))
                {
                    var fate = fates.Of(transaction, ref random);
                    told[fate].Add(transaction.Id.ToString());
                    if (fate is Fate.Dropped or Fate.Replaced) gone.Add(transaction.Id);
                    if (fate is Fate.Unconfirmed) unconfirmed.Add(transaction);
                    var at = fate is Fate.Moved ? Elsewhere(Math.Min(i, count - 1), count, ref random) : Math.Min(i, count - 1);
                    if (fate is Fate.Kept or Fate.Moved) plan[at].Add(transaction);
                    if (fate is Fate.Replaced && transaction is SyntheticTransaction synthetic) plan[at].Add(maker.Replace(synthetic, ref random));
                }

                // The old coinbase never was, nor is anything that spends it.
                gone.UnionWith(removed[i].Transactions.Where(transaction => transaction.IsCoinbase).Select(transaction => transaction.Id));
            }

            var orphanedTimes = removed[0].Time;
            for (var i = 0; i < count; i++)
            {
                List<Transaction> mined = [];
                var waiting = plan[i];
                for (var before = -1; waiting.Count != before;)
                {
                    before = waiting.Count;
                    waiting = waiting.FindAll(transaction => !TryStage(transaction, mined));
                }

                // Their parents were moved up: they follow, or end with them.
                if (i + 1 < count) plan[i + 1].AddRange(waiting);
                else waiting.ForEach(Lose);

                for (var n = 0; i == 0 && n < request.Transactions; n++)
                    mined.Add(MakeAndStage(parties.Get(request.Addresses![n % request.Addresses.Count]), Profile.Small, ref random, null));
                MineBlock(mined, i == 0 ? DateTimeOffset.FromUnixTimeSeconds(orphanedTimes + 1) : null, null);
            }

            mempool.Reverse();
            foreach (var transaction in unconfirmed) Return(transaction, isHeld: true);
            foreach (var transaction in mempool) Return(transaction, held.Contains(transaction.Id));

            return new(
                removed[0].Height - 1,
                chain.Tip.Height,
                chain.Tip.Hash.ToString(),
                told[Fate.Kept].Count,
                [.. removed.Select(block => block.Hash.ToString())],
                told[Fate.Dropped],
                told[Fate.Moved],
                told[Fate.Replaced],
                told[Fate.Unconfirmed]);

            bool TryStage(Transaction transaction, List<Transaction> staged)
            {
                if (!IsPossible(transaction)) return false;
                chain.Stage(transaction);
                staged.Add(transaction);
                return true;
            }

            void Return(Transaction transaction, bool isHeld)
            {
                if (!IsPossible(transaction))
                {
                    Lose(transaction);
                    return;
                }

                chain.Stage(transaction);
                Receive(transaction, isHeld);
            }

            void Lose(Transaction transaction)
            {
                var txid = transaction.Id.ToString();
                foreach (var list in told.Values) list.Remove(txid);
                told[Fate.Dropped].Add(txid);
                gone.Add(transaction.Id);
                held.Remove(transaction.Id);
            }

            // A coin from before the world began is always there; one that was made here must be there still.
            bool IsPossible(Transaction transaction) =>
                transaction.Spends.All(spend => chain.Keep(spend.Party).Coins.Contains(spend.Coin) || !IsMadeHere(spend.Coin.Txid));

            bool IsMadeHere(Hash256 txid) => gone.Contains(txid) || fates.Knew(txid) || chain.Find(txid) is not null;
        }
    }

    private static int Elsewhere(int place, int count, ref Randomness random) =>
        count == 1 ? 0 : (place + 1 + random.Below(count - 1)) % count;

    /// <summary>Decides for each transaction: the lists first, then the percentages.</summary>
    private sealed class Fates(Reorganise request)
    {
        private readonly HashSet<string> drop = [.. request.Drop ?? []];
        private readonly HashSet<string> move = [.. request.Move ?? []];
        private readonly HashSet<string> replace = [.. request.Replace ?? []];
        private readonly HashSet<string> unconfirm = [.. request.Unconfirm ?? []];
        private readonly HashSet<Hash256> decided = [];

        /// <summary>Whether the transaction stood in an orphaned block.</summary>
        public bool Knew(Hash256 txid) => decided.Contains(txid);

        public Fate Of(Transaction transaction, ref Randomness random)
        {
            decided.Add(transaction.Id);
            var txid = transaction.Id.ToString();
            if (drop.Contains(txid)) return Fate.Dropped;
            if (move.Contains(txid)) return Fate.Moved;
            if (replace.Contains(txid)) return Fate.Replaced;
            if (unconfirm.Contains(txid)) return Fate.Unconfirmed;
            var lot = random.Below(100);
            if ((lot -= request.DropPercent) < 0) return Fate.Dropped;
            if ((lot -= request.MovePercent) < 0) return Fate.Moved;
            if ((lot -= request.ReplacePercent) < 0) return Fate.Replaced;
            return lot - request.UnconfirmPercent < 0 ? Fate.Unconfirmed : Fate.Kept;
        }
    }
}
