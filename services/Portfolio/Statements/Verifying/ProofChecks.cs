using System.Globalization;
using System.Numerics;
using Chains;
using Chains.Proofs;

namespace Portfolio.Statements.Verifying;

/// <summary>Checks a statement's proofs without asking anybody, and says of each what it shows.</summary>
internal static class ProofChecks
{
    public static IEnumerable<Finding> Of(Statement statement, NetworkCatalogue networks)
    {
        if (statement.Proofs is not { } proofs)
        {
            yield return Finding.NotShown("proofs", "there are none: ask for the statement with proofs=true");
            yield break;
        }

        var lines = statement.Addresses.SelectMany(address => address.Balances.SelectMany(
            balance => balance.Transactions, (_, one) => (address.Network, one)))
            .ToLookup(line => (line.Network, line.one.Txid), line => line.one);
        var raws = new Dictionary<(string Network, string Txid), RawTransaction>();
        foreach (var group in proofs.Transactions.GroupBy(proof => (proof.Network, proof.Txid)))
        {
            var where = $"{group.Key.Network} {group.Key.Txid}";
            if (group.Count() > 1 || !lines.Contains(group.Key))
                yield return Finding.Fault(where, "is proved twice, or is none of the statement's transactions");
            else yield return Inclusion(where, group.First(), Named(lines[group.Key]), networks.Find(group.Key.Network), raws);
        }

        foreach (var unproved in lines.Select(line => line.Key).Except(proofs.Transactions.Select(proof => (proof.Network, proof.Txid))))
            yield return Finding.Fault($"{unproved.Network} {unproved.Txid}", "has neither a proof nor a reason");
        foreach (var address in statement.Addresses)
        {
            foreach (var finding in Payments(address, networks.Find(address.Network), raws)) yield return finding;
        }

        foreach (var finding in Balances(statement, proofs, networks)) yield return finding;
    }

    // Of one address the transaction's block may be named, of another not yet.
    private static StatementTransaction Named(IEnumerable<StatementTransaction> lines) => lines.MaxBy(line => line.BlockHash is not null)!;

    private static Finding Inclusion(
        string where, StatementTransactionProof told, StatementTransaction line, Network? network, Dictionary<(string, string), RawTransaction> raws)
    {
        if (told.BlockHash != line.BlockHash) return Finding.Fault(where, "its proof is of another block than its line");
        if (told.Proof is not { } proof) return WhyNot(where, told.Unprovable);
        if (told.Unprovable is not null || line.BlockHash is null) return Finding.Fault(where, "has a proof, and is said to have none");
        if (proof.WhyWrong(told.Txid, line.BlockHash) is { } wrong) return Finding.Fault(where, wrong);
        var header = BlockHeader.Read(proof.Header)!;
        if (header.Time != line.Time) return Finding.Fault(where, $"its time is {line.Time:O}; its block says {header.Time:O}");
        // A part of the tree leads to its root as well: only what hashes to the id is a transaction.
        if (RawTransaction.Read(proof.Raw) is not { } raw)
            return Finding.NotShown(where, $"its hashes lead to block {line.BlockHash}; the transaction itself was too long to be sent along");
        raws[(told.Network, told.Txid)] = raw;
        var shown = $"is in block {line.BlockHash}";
        if (network is null || !BlockHeader.ShowsWorkOf(network))
            return Finding.Shown(where, $"{shown}; the work on this network's blocks is counted by another function and is not checked");
        return header.MeetsItsTarget ? Finding.Shown(where, $"{shown}, which about 2^{header.ExpectedWork.GetBitLength() - 1} hashes were tried for")
            : Finding.Fault(where, "its header does not have the work that it says itself");
    }

    // What an address gained: what the outputs pay to its script, less its coins that are spent. The value of a coin stands in the transaction
    // that made it, which is one of the address's as well.
    private static IEnumerable<Finding> Payments(StatementAddress address, Network? network, Dictionary<(string, string), RawTransaction> raws)
    {
        if (network is not { Family: ChainFamily.Utxo } || Addresses.Parse(network, address.Address) is not Address parsed) yield break;
        if (address.Balances.FirstOrDefault(balance => balance.Asset == network.Native.Caip19) is not { } balance) yield break;
        var isWhole = balance.Transactions.All(one => raws.ContainsKey((address.Network, one.Txid)));
        foreach (var one in balance.Transactions)
        {
            if (!raws.TryGetValue((address.Network, one.Txid), out var raw)) continue;
            var where = $"{address.Network} {one.Txid}";
            var paid = raw.Outputs.Where(IsOwn).Aggregate(BigInteger.Zero, (sum, output) => sum + output.Value);
            var spent = raw.Spent.Select(coin => raws.TryGetValue((address.Network, coin.Txid), out var made) && coin.Vout < made.Outputs.Count
                    && IsOwn(made.Outputs[(int)coin.Vout]) ? made.Outputs[(int)coin.Vout].Value : BigInteger.Zero)
                .Aggregate(BigInteger.Zero, BigInteger.Add);
            var delta = one.Delta.Value;
            if (isWhole && !balance.Provisional ? delta != paid - spent : delta > paid - spent)
            {
                // A coin that it spends was made by one of the address's transactions: where none of them did, one is missing.
                yield return Finding.Fault(where,
                    $"is said to change {address.Address} by {delta}; it pays {paid} to it and spends {spent} that the listed transactions made");
            }
            else if (delta == paid - spent)
                yield return Finding.Shown(where, $"pays {paid} to {address.Address} and spends {spent} of its coins, as the line says");
            else
                yield return Finding.NotShown(where,
                    $"pays {paid} to {address.Address}; what it spends was made by transactions that are not proved here");
        }

        bool IsOwn(RawOutput output) => output.Script.AsSpan().SequenceEqual(parsed.Script.AsSpan());
    }

    private static IEnumerable<Finding> Balances(Statement statement, StatementProofs proofs, NetworkCatalogue networks)
    {
        var claims = statement.Addresses.SelectMany(address => address.Balances, (address, balance) => (address, balance))
            .DistinctBy(claim => (claim.address.Network, claim.address.Address, claim.balance.Asset))
            .ToDictionary(claim => (claim.address.Network, claim.address.Address, claim.balance.Asset), claim => claim.balance);
        foreach (var told in proofs.Balances)
        {
            var where = $"{told.Network} {told.Address} {told.Asset}";
            if (!claims.Remove((told.Network, told.Address, told.Asset), out var claim))
                yield return Finding.Fault(where, "is proved twice, or is none of the statement's balances");
            else if (told.Proof is not { } proof) yield return WhyNot(where, told.Unprovable);
            else yield return Balance(where, told, proof, claim, statement.Present, networks.Find(told.Network));
        }

        foreach (var unproved in claims.Keys)
            yield return Finding.Fault($"{unproved.Network} {unproved.Address} {unproved.Asset}", "has neither a proof nor a reason");
    }

    private static Finding Balance(
        string where, StatementBalanceProof told, BalanceProof proof, StatementBalance claim, bool isPresent, Network? network)
    {
        if (told.Unprovable is not null) return Finding.Fault(where, "has a proof, and is said to have none");
        if (network is not null && (network.Family is not ChainFamily.Evm || network.Native.Caip19 != told.Asset))
            return Finding.Fault(where, "is an asset that no proof of an account is of");
        var (balance, wrong) = proof.Read(told.Address);
        if (wrong is not null) return Finding.Fault(where, wrong);
        if (balance != claim.Balance.Amount.Value) return Finding.Fault(where, $"the account held {balance}, not {claim.Balance.Amount}");
        if (!isPresent && (proof.Height, proof.BlockHash) != (claim.Block?.Height, claim.Block?.Hash))
            return Finding.Fault(where, "its proof is of another block than the balance");
        if (proof.Height < claim.Transactions.Select(one => one.Height).DefaultIfEmpty(0).Max())
            return Finding.Fault(where, "its proof is of a block before the newest transaction");
        return Finding.Shown(where, string.Create(CultureInfo.InvariantCulture,
            $"the account held {balance} after block {proof.Height}, {proof.BlockHash}"));
    }

    private static Finding WhyNot(string where, string? reason) =>
        reason?.StartsWith(Statement.Unprovable, StringComparison.Ordinal) is true ? Finding.NotShown(where, reason)
            : Finding.Fault(where, "has neither a proof nor a reason");
}
