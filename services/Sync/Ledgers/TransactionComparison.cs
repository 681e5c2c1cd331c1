using System.Text.Json;
using Chains;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>
/// What a transaction was returned in, and what another reading of it makes of that. Lists number nothing, so a part is known by
/// its list, its asset and its amount, and equal ones by how many they are.
/// </summary>
internal static class TransactionComparison
{
    /// <summary>As a row has it; null where the transaction is returned as a whole. What changes nothing is no part.</summary>
    public static string? Write(IReadOnlyList<ChainPart>? parts) =>
        parts is null ? null : JsonSerializer.Serialize(
            Changing(parts).GroupBy(KeyOf).ToDictionary(list => list.Key, list => list.Select(part => part.Delta.ToString()).ToList()));

    /// <summary>The row's parts with more of them.</summary>
    public static string Write(string row, IReadOnlyList<ChainPart> more)
    {
        var lists = Read(row);
        foreach (var part in more)
        {
            if (!lists.TryGetValue(KeyOf(part), out var list)) lists[KeyOf(part)] = list = [];
            list.Add(part.Delta.ToString());
        }

        return JsonSerializer.Serialize(lists);
    }

    /// <summary>
    /// Compares a reading with what is kept, list by list. One that holds all that is kept and more has grown: it was listed late.
    /// One that holds less comes from a provider that lists less. One that lacks something and has something else disagrees, and then
    /// nothing of it is taken.
    /// </summary>
    public static Rereading Compare(KnownTransaction kept, ChainTransaction read)
    {
        if (kept.Parts is null || read.Parts is null)
        {
            // Returned as a whole by both; where only one of them says what it consists of, there is nothing to hold it against.
            return kept.Parts is null == read.Parts is null && kept.Delta != read.Delta ? new([], read.Delta - kept.Delta) : Rereading.Same;
        }

        var known = Read(kept.Parts);
        var (late, disputed) = (new List<LatePart>(), (Amount?)null);
        foreach (var list in Changing(read.Parts).GroupBy(KeyOf))
        {
            var left = (known.GetValueOrDefault(list.Key) ?? []).CountBy(amount => amount).ToDictionary();
            var (counted, more) = (new Dictionary<string, int>(), new List<LatePart>());
            foreach (var part in list)
            {
                var amount = part.Delta.ToString();
                var number = counted[amount] = counted.GetValueOrDefault(amount) + 1;
                if (left.GetValueOrDefault(amount) >= number) continue;
                more.Add(new(part, $"{part.List}:{amount}:{number}"));
            }

            if (more.Count == 0) continue;
            if (left.All(entry => counted.GetValueOrDefault(entry.Key) >= entry.Value)) late.AddRange(more);
            else disputed = (disputed ?? Amount.Zero) + (list.First().Asset is not null ? Amount.Zero
                : Sum(list.Select(part => part.Delta)) - Sum(known[list.Key].Select(amount => Amount.Parse(amount))));
        }

        return disputed is null && late.Count == 0 ? Rereading.Same : new(late, disputed);
    }

    private static IEnumerable<ChainPart> Changing(IEnumerable<ChainPart> parts) => parts.Where(part => !part.Delta.IsZero);

    private static string KeyOf(ChainPart part) => part.Asset is null ? part.List : $"{part.List} {part.Asset}";

    private static Amount Sum(IEnumerable<Amount> amounts) => amounts.Aggregate(Amount.Zero, (sum, amount) => sum + amount);

    private static Dictionary<string, List<string>> Read(string row) => JsonSerializer.Deserialize<Dictionary<string, List<string>>>(row)!;
}

/// <summary>A part that was listed after its transaction, by a name that every reading of it has.</summary>
internal sealed record LatePart(ChainPart Part, string Name);

/// <summary>What another reading adds, and by how much of the native asset it disagrees; null where it does not.</summary>
internal sealed record Rereading(IReadOnlyList<LatePart> Late, Amount? Disputed)
{
    public static Rereading Same { get; } = new([], null);
}
