using System.Numerics;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// How tokens moved in one transaction: by the receipt's logs where those are known, else as listed. And what of it is the native
/// coin under a contract's name, or the fee.
/// </summary>
internal sealed class EvmTokens(Network network, string account)
{
    private const string Nobody = "0x0000000000000000000000000000000000000000";
    private const string DepositCall = "0xd0e30db0";
    private const string WithdrawCall = "0x2e1a7d4d";
    private const int CallWithOneWord = 2 + 8 + 64;
    private const int FullDecimals = 18;

    // More are not tried in all combinations.
    private const int MostCombined = 14;

    private readonly string? wrapped = EvmRules.WrappedNative(EvmRules.ChainId(network));

    /// <summary>Whether the contract is a name of the native coin.</summary>
    public bool IsNative(string? contract) => contract is not null && network.NativeContracts.Contains(contract);

    public bool IsNative(EvmRow.Token row) => IsNative(row.Contract);

    /// <summary>
    /// The movements of a transaction that did not fail. Where its receipt is known, a list's row that it does not bear out is none;
    /// what a contract, called by the account itself, logs as a deposit or withdrawal of the native coin is one of its token, unless a
    /// Transfer tells it too.
    /// </summary>
    public IReadOnlyList<EvmRow.Token> Of(IReadOnlyCollection<EvmRow> rows, EvmRow.Sent? sent, EvmCost? cost)
    {
        var listed = rows.OfType<EvmRow.Token>().ToList();
        if (sent is null) return listed;
        // Where nothing is logged at all there is nothing to hold against the list; some nodes leave logs out.
        if (cost?.Logs is not { Count: > 0 } logs) return [.. listed, .. Called(sent, listed)];

        var mine = logs.Where(log => log.Kind is not null && (log.From == account || log.To == account)).ToList();
        var transfers = mine.Where(log => log.Kind is EvmLogKind.Transfer).ToList();
        var told = transfers.Concat(mine.Where(log => log.Kind is not EvmLogKind.Transfer && IsWrapping(log, sent, transfers))).ToList();
        var read = told.Select(log => log.Contract).ToHashSet();
        var silent = logs.Select(log => log.Contract).ToHashSet();
        return
        [
            // A contract may log in a way of its own, which an explorer reads and we do not.
            .. listed.Where(row => !read.Contains(row.Contract) && silent.Contains(row.Contract)),
            .. told.Select(log => listed.Find(row => row.Contract == log.Contract) is { } known
                ? known with { From = log.From!, To = log.To!, Value = log.Value, Index = null }
                : new EvmRow.Token(sent.Txid, sent.Height, sent.BlockHash, sent.Time, log.From!, log.To!, log.Contract, log.Value, null, null)),
        ];
    }

    /// <summary>
    /// The Transfers of the native coin under a contract's name that nothing else tells: each repeats a native movement of the same
    /// amount and direction, or the fee, which some chains log too (ZKsync), or moves it.
    /// </summary>
    public IReadOnlyList<EvmRow.Token> NativeAlone(IEnumerable<EvmRow.Token> moved, IReadOnlyList<BigInteger> native, Amount fee)
    {
        var rows = moved.Where(row => IsNative(row) && !Signed(row).IsZero).ToList();
        var sum = rows.Aggregate(BigInteger.Zero, (all, row) => all + Signed(row));
        var others = native.Aggregate(BigInteger.Zero, (all, each) => all + each);
        if (rows.Count == 0 || (native.Count > 0 && (sum == others || sum == others - fee.Value))) return [];

        var left = native.ToList();
        rows.RemoveAll(row => left.Remove(Signed(row)));
        if (!fee.IsZero && Combined(rows.ConvertAll(Signed), -fee.Value, 0) is { } paid) rows = [.. rows.Where((_, i) => (paid & (1 << i)) == 0)];
        return rows;
    }

    /// <summary>
    /// Whether Transfers tell a fee that was paid in another currency: Celo's stable coins log what they are debited and credited for it.
    /// A currency of fewer decimals stands for its token by an adapter of 18 (docs.celo.org, "Fee abstraction"), which rounds.
    /// </summary>
    public bool Tell(IReadOnlyList<EvmRow.Token> moved, string currency, Amount fee) =>
        fee.IsZero || moved.GroupBy(row => row.Contract).Any(token =>
        {
            var decimals = token.Select(row => row.Decimals).FirstOrDefault(told => told is not null) ?? FullDecimals;
            if (token.Key != currency && decimals >= FullDecimals) return false;
            var (owed, rounding) = token.Key == currency ? (fee.Value, 0) : (fee.Value / BigInteger.Pow(10, FullDecimals - decimals), 2);
            return Combined([.. token.Select(Signed)], -owed, rounding) is not null;
        });

    private BigInteger Signed(EvmRow.Token row) => (row.To == account ? row.Value.Value : 0) - (row.From == account ? row.Value.Value : 0);

    private bool IsWrapping(EvmLog log, EvmRow.Sent sent, List<EvmLog> transfers)
    {
        if (log.Contract != sent.To || sent.From != account || IsNative(log.Contract) || log.Value.IsZero) return false;
        var isIn = log.To == account;
        if (transfers.Exists(each => each.Contract == log.Contract && each.Value == log.Value && (each.To == account) == isIn)) return false;
        // What is deposited comes with the call. What pays out a token instead of the native coin is a vault that logs in the same words.
        return isIn ? log.Value <= sent.Value : !transfers.Exists(each => each.Value == log.Value && each.To == account);
    }

    // Without the logs only the known contracts' calls tell it; some providers list it as a Transfer nevertheless.
    private IEnumerable<EvmRow.Token> Called(EvmRow.Sent sent, List<EvmRow.Token> listed)
    {
        if (wrapped is null || sent.To != wrapped || sent.From != account || listed.Exists(row => row.Contract == wrapped
            && (row.From == Nobody || row.To == Nobody || row.From == wrapped || row.To == wrapped)))
            yield break;

        if (sent.Input is "0x" or "" || sent.Input.StartsWith(DepositCall, StringComparison.Ordinal))
        {
            if (!sent.Value.IsZero) yield return Row(wrapped, account, sent.Value);
        }
        else if (sent.Input.StartsWith(WithdrawCall, StringComparison.Ordinal) && sent.Input.Length >= CallWithOneWord)
        {
            if (EvmRules.Word("0x" + sent.Input[10..CallWithOneWord]) is { } value) yield return Row(account, wrapped, value);
        }

        EvmRow.Token Row(string from, string to, Amount value) =>
            new(sent.Txid, sent.Height, sent.BlockHash, sent.Time, from, to, wrapped, value, null, null);
    }

    // The set of those, as bits, that come to the sum, or to so little beside it; null where none does.
    private static int? Combined(List<BigInteger> values, BigInteger sum, BigInteger beside)
    {
        if (values.Count is 0 or > MostCombined) return null;
        for (var set = 1; set < 1 << values.Count; set++)
        {
            var of = BigInteger.Zero;
            for (var i = 0; i < values.Count; i++)
            {
                if ((set & (1 << i)) != 0) of += values[i];
            }

            if (BigInteger.Abs(of - sum) <= beside) return set;
        }

        return null;
    }
}
