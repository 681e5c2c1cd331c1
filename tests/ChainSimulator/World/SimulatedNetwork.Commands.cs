using ChainSimulator.Script;

namespace ChainSimulator.World;

public sealed partial class SimulatedNetwork
{
    /// <summary>Makes addresses with exactly the asked number of transactions each and returns them.</summary>
    public IReadOnlyList<string> Create(CreateAddresses request)
    {
        if (request.Transactions < 0 || request.Count < 1)
            throw new ScriptException("An address has 0 transactions or more, and at least one address is made.");
        lock (gate)
        {
            var random = RandomnessFor(request.Seed);
            Party[] made = request.Addresses is { } named
                ? [.. named.Select(parties.Get)]
                : [.. Enumerable.Range(0, request.Count).Select(_ => parties.New(request.Kind))];
            var missing = new int[made.Length];
            foreach (var party in made) chain.Keep(party);
            Array.Fill(missing, request.Transactions);

            long left = (long)request.Transactions * made.Length;
            var blocks = request.Blocks ?? (int)((left + 2) / 3);
            if (left > 0 && blocks < 1) throw new ScriptException("Transactions need at least one block.");
            var first = 0;
            while (left > 0 && blocks > 0)
            {
                // The average of what is left, more or less; the last block takes the rest.
                var share = blocks == 1 ? left : Math.Min(left, random.Below((int)(2 * left / blocks) + 1));
                List<Transaction> transactions = [];
                while (share > 0)
                {
                    while (missing[first] == 0) first++;
                    var index = first + random.Below(made.Length - first);
                    if (missing[index] == 0) index = first;
                    var other = random.Percent(request.SharedPercent) ? random.Below(made.Length) : index;
                    var alsoPaid = other != index && missing[other] > 0 && left > 1 ? made[other] : null;
                    var transaction = MakeAndStage(made[index], request.Profile, ref random, alsoPaid);
                    missing[index]--;
                    // A poor payer has nothing over for the other one.
                    var touched = 1;
                    if (alsoPaid is not null && transaction.Receipts.Any(receipt => receipt.Party == alsoPaid))
                    {
                        missing[other]--;
                        touched = 2;
                    }

                    left -= touched;
                    share -= touched;
                    transactions.Add(transaction);
                }

                MineBlock(transactions, null, null, request.BlockSeconds);
                blocks--;
            }

            while (blocks-- > 0) MineBlock([], null, null, request.BlockSeconds);
            return [.. made.Select(party => party.Address)];
        }
    }

    /// <summary>Puts new transactions into the mempool, going round the addresses, and returns their ids.</summary>
    public IReadOnlyList<string> Add(AddTransactions request)
    {
        if (request.Addresses is not { Count: > 0 }) throw new ScriptException("New transactions need addresses.");
        lock (gate)
        {
            var random = RandomnessFor(request.Seed);
            List<string> added = [];
            for (var i = 0; i < request.Count; i++)
            {
                var transaction = MakeAndStage(parties.Get(request.Addresses[i % request.Addresses.Count]), request.Profile, ref random, null);
                Receive(transaction, request.Held);
                added.Add(transaction.Id.ToString());
            }

            return added;
        }
    }

    /// <summary>Puts one given transaction into the mempool and returns its id.</summary>
    public string Add(ExactTransaction request)
    {
        lock (gate)
        {
            var transaction = ExactlyAs(request);
            chain.Stage(transaction);
            Receive(transaction, request.Held);
            return transaction.Id.ToString();
        }
    }

    /// <summary>Mines blocks as told and returns the new tip.</summary>
    public TipState Mine(Mine request)
    {
        if (request.Transactions > 0 && request.Addresses is not { Count: > 0 }) throw new ScriptException("New transactions need addresses.");
        lock (gate)
        {
            var random = RandomnessFor(request.Seed);
            var miner = request.RewardTo is { } address ? parties.Get(address) : null;
            for (var i = 0; i < request.Blocks; i++)
            {
                List<Transaction> transactions = i == 0 && request.FromMempool ? Ready() : [];
                for (var n = 0; i == 0 && n < request.Transactions; n++)
                    transactions.Add(MakeAndStage(parties.Get(request.Addresses![n % request.Addresses.Count]), request.Profile, ref random, null));
                MineBlock(transactions, request.At?.AddSeconds(i), miner);
            }

            return Tip;
        }
    }

    /// <summary>Lets the next blocks take held transactions.</summary>
    public void Let(Release request)
    {
        lock (gate)
        {
            if (request.Txids is null) held.Clear();
            else foreach (var txid in request.Txids) held.Remove(Hash256.Parse(txid));
        }
    }

    /// <summary>What of the mempool a block may take: not what is held, nor what builds on it.</summary>
    private List<Transaction> Ready()
    {
        List<Transaction> ready = [];
        HashSet<Hash256> taken = [];
        foreach (var transaction in chain.Mempool)
        {
            if (held.Contains(transaction.Id)) continue;
            if (transaction.Spends.Any(spend => chain.IsWaiting(spend.Coin.Txid) && !taken.Contains(spend.Coin.Txid))) continue;
            taken.Add(transaction.Id);
            ready.Add(transaction);
        }

        return ready;
    }

    private void Receive(Transaction staged, bool isHeld)
    {
        chain.AddToMempool(staged);
        if (isHeld) held.Add(staged.Id);
    }
}
