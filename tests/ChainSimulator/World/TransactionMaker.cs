using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>
/// Makes transactions that could be real: inputs spend coins the party has at that moment or come from outside,
/// inputs equal outputs plus fee, so no balance is ever negative.
/// </summary>
internal sealed class TransactionMaker(ulong seed, OutsideParties outside)
{
    private const int Dust = 546;
    private const int SmallestValue = 10_000;
    private ulong made;

    /// <summary>A payment to or from the party, spending only coins that <paramref name="isSpendable"/>; another party may receive a part.</summary>
    public Transaction Make(Party party, Coins coins, Func<Outpoint, bool> isSpendable, Profile profile, ref Randomness random, Party? alsoPaid)
    {
        var (inputs, outputs) = SizeOf(profile, ref random);
        var spent = random.Percent(45) ? Pick(coins, isSpendable, Math.Min(inputs, 3), ref random) : [];
        return spent is [] ? Credit(party, inputs, outputs, ref random, alsoPaid) : Debit(party, spent, inputs, outputs, ref random, alsoPaid);
    }

    /// <summary>A payment from outside that nothing else is needed for.</summary>
    public Transaction Credit(Party party, Profile profile, ref Randomness random)
    {
        var (inputs, outputs) = SizeOf(profile, ref random);
        return Credit(party, inputs, outputs, ref random, null);
    }

    /// <summary>Spends the same inputs to other ends: half of it, or nothing at all, reaches those who were paid.</summary>
    public Transaction Replace(SyntheticTransaction replaced, ref Randomness random)
    {
        var isTakenAway = random.Percent(50);
        Receipt[] receipts = isTakenAway ? [] : [.. replaced.Receipts.Select(receipt => receipt with { Value = receipt.Value / 2 })];
        var before = replaced.Receipts.Sum(receipt => receipt.Value);
        var filling = replaced.Filling;
        if (filling.Outputs == receipts.Length) filling = filling with { Outputs = (byte)(filling.Outputs + 1) };
        filling = filling with { OutputSeed = random.Next(), OutsideOut = filling.OutsideOut + before - receipts.Sum(receipt => receipt.Value) };
        return new SyntheticTransaction(NextId(), replaced.Fee, [.. replaced.Spends], receipts, filling, outside);
    }

    public Transaction Coinbase(int height, Party? miner) =>
        new CoinbaseTransaction(NextId(), height, miner ?? outside[made], miner is not null, 312_500_000);

    public Hash256 NextId() => Hash256.Of(seed, 1, made++);

    private SyntheticTransaction Credit(Party party, int inputs, int outputs, ref Randomness random, Party? alsoPaid)
    {
        List<Receipt> receipts = [new(0, party, ValueOf(ref random))];
        if (alsoPaid is not null) receipts.Add(new(0, alsoPaid, ValueOf(ref random)));
        if (outputs > receipts.Count && random.Percent(6)) receipts.Add(new(0, party, ValueOf(ref random)));
        outputs = Math.Max(outputs, receipts.Count);
        var strangers = outputs - receipts.Count;
        var fee = random.Between(200, 5_000);
        var outsideOut = strangers * random.Between(Dust, 2_000_000);
        var outsideIn = receipts.Sum(receipt => receipt.Value) + outsideOut + fee;
        return Fill(fee, [], receipts, inputs, outputs, outsideIn, outsideOut, ref random);
    }

    private SyntheticTransaction Debit(Party party, List<Coin> spent, int inputs, int outputs, ref Randomness random, Party? alsoPaid)
    {
        var fee = random.Between(200, 5_000);
        var ownIn = spent.Sum(coin => coin.Value);
        var spends = spent.ConvertAll(coin => new Spend(0, party, coin.Outpoint, coin.Value));
        var outsideIn = (inputs - spends.Count) * random.Between(SmallestValue, 1_000_000);

        List<Receipt> receipts = [];
        // Someone else pays the fee and the party gets back what it gave: a transaction that changes nothing.
        if (outsideIn > 2 * (fee + (outputs * Dust)) && random.Percent(2)) receipts.Add(new(0, party, ownIn));
        else
        {
            var spare = (ownIn - fee - (outputs * Dust)) / 2;
            if (spare >= SmallestValue && random.Percent(50)) receipts.Add(new(0, party, random.Between(SmallestValue, spare)));
            if (spare >= SmallestValue && alsoPaid is not null) receipts.Add(new(0, alsoPaid, random.Between(SmallestValue, spare)));
        }

        // What a coin of the smallest value cannot feed with more than dust gets one output.
        outputs = ownIn + outsideIn - fee < outputs * Dust ? receipts.Count + 1 : Math.Max(outputs, receipts.Count + 1);
        var outsideOut = ownIn + outsideIn - receipts.Sum(receipt => receipt.Value) - fee;
        return Fill(fee, spends, receipts, inputs, outputs, outsideIn, outsideOut, ref random);
    }

    private SyntheticTransaction Fill(
        long fee, List<Spend> spends, List<Receipt> receipts, int inputs, int outputs, long outsideIn, long outsideOut, ref Randomness random)
    {
        var at = random.Below(inputs);
        for (var i = 0; i < spends.Count; i++) spends[i] = spends[i] with { Position = (at + i) % inputs };
        at = random.Below(outputs);
        for (var i = 0; i < receipts.Count; i++) receipts[i] = receipts[i] with { Vout = (at + i) % outputs };
        spends.Sort((left, right) => left.Position.CompareTo(right.Position));
        receipts.Sort((left, right) => left.Vout.CompareTo(right.Vout));
        var filling = new Filling(random.Next(), random.Next(), (byte)inputs, (byte)outputs, outsideIn, outsideOut);
        return new(NextId(), fee, [.. spends], [.. receipts], filling, outside);
    }

    private static List<Coin> Pick(Coins coins, Func<Outpoint, bool> isSpendable, int most, ref Randomness random)
    {
        List<Coin> picked = [];
        if (coins.Count == 0) return picked;
        var first = random.Below(coins.Count);
        var wanted = Math.Min(1 + random.Below(most), coins.Count);
        for (var i = 0; i < wanted; i++)
        {
            var coin = coins[(first + i) % coins.Count];
            if (coin.Value >= SmallestValue && isSpendable(coin.Outpoint)) picked.Add(coin);
        }

        return picked;
    }

    private static long ValueOf(ref Randomness random)
    {
        var magnitude = random.Below(4) switch { 0 => 10_000L, 1 => 100_000L, 2 => 1_000_000L, _ => 10_000_000L };
        return random.Between(magnitude, magnitude * 10);
    }

    private static (int Inputs, int Outputs) SizeOf(Profile profile, ref Randomness random)
    {
        if (profile is Profile.Small) return (1 + random.Below(2), 2);
        // The shares of the recorded blocks, rounded.
        return random.Below(1000) switch
        {
            < 517 => (11, 11),
            < 846 => (18, 11),
            < 919 => (2, 11),
            < 948 => (1, 3),
            < 980 => (1, 2),
            < 988 => (1, 4 + random.Below(2)),
            < 992 => (2, 3),
            < 995 => (4, 3),
            < 997 => (2, 13),
            < 998 => (36, 10),
            < 999 => (12, 11),
            _ => (1, 1),
        };
    }
}
